#pragma once
#include <optional>

#include "models/arithmetic/kernels/kernels.hpp"
#include "models/arithmetic/operations.hpp"

namespace ulpsim::arithmetic {

/// update() by vector kernels in binary32, a piece of a row at a time, with the bits of the definition.
class VectorUpdate {
public:
    /// Nothing where it cannot give the definition's bits.
    static std::optional<VectorUpdate> choose(const Update& operation, const ConstMatrix& gradient,
                                              const Matrix& master, const Matrix& velocity, const Matrix& weight,
                                              const Coordinates& coordinates);
    std::uint64_t run(unsigned threads) const;

private:
    struct Buffers;
    /// How a x + y is rounded to a format: in one step, or to odd and then by the encoder.
    struct Sum {
        std::optional<kernels::Step> step;
        kernels::StepConstants constants;
        kernels::Encoder<float> encoder;
        bool odd_serves = false;  ///< the encoder may round the sum rounded to odd
    };

    static std::optional<Sum> sum_into(const Format& format, Rounding rounding);
    bool choose_roundings();
    void choose_one_pass();
    void join_rows();
    std::uint64_t piece(std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    std::uint64_t one_pass(Buffers& buffers, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    void step_velocity(Buffers& buffers, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    void step_plain(Buffers& buffers, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    void step_double_word(Buffers& buffers, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    void step_terms(Buffers& buffers, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    /// Values of whole mx blocks, rounded to the weight.
    template <class Real>
    void store_blocks(const Real* values, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    /// The exact sums of the terms, rounded to the weight.
    void store_sums(const float* const* terms, std::uint64_t row, std::uint64_t first, std::uint64_t count) const;
    /// y = a x + y rounded and stored at `bytes`; y receives the stored values.
    void sum_and_store(const Sum& sum, const Format& format, float a, const float* x, float* y, std::uint64_t first,
                       std::uint64_t count, std::uint64_t element, std::uint64_t k, std::uint8_t* bytes) const;

    Update operation_;
    ConstMatrix gradient_{};
    Matrix master_{}, velocity_{}, weight_{};
    Coordinates coordinates_;
    float minus_learning_rate_ = 0, momentum_ = 0, weight_decay_ = 0, unscale_ = 1;
    Sum nearest_state_, state_, master_sum_, weight_sum_, nearest_element_;
    std::optional<kernels::Encoder<double>> sum_encoder_;  ///< of the weight, where binary32 cannot form the sums
    std::optional<kernels::UpdateConstants> one_pass_;     ///< where the arithmetic is one pass over the values
};

}  // namespace ulpsim::arithmetic
