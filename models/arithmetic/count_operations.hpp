#pragma once
// Counts what the roundings of an operation did, after it: from its operands and the stored result, row by row, with the
// operation's exact values worked out anew. So the operations themselves, and their kernels, know nothing of it.
#include <cstdint>
#include <vector>

#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/rounding_counts.hpp"

namespace ulpsim::arithmetic {

/// After convert() or convert_expansion() (whose epilogue is none).
void count_conversion(const ConstMatrix& in, const Epilogue& epilogue, const ConstMatrix& out, bool histograms,
                      RoundingCounts& counts);

/// After combine().
void count_combination(const Combination& operation, const ConstMatrix& a, const ConstMatrix& b, const ConstMatrix& out,
                       bool histograms, RoundingCounts& counts);

/// update(), with what its roundings did added to `counts` (or null), and to `changes` (1 x 2 binary64, or of no bytes) the
/// two counts that a machine can decide by: UpdateCounts::updates and vanished.
void counted_update(const Update& operation, const ConstMatrix& gradient, const Matrix& master, const Matrix& velocity,
                    const Matrix& weight, const Coordinates& coordinates, unsigned threads, OperationCounts* counts,
                    const Matrix& changes);

/// An update, which works in place: made before it, asked after it.
class UpdateWitness {
public:
    UpdateWitness(const ConstMatrix& master, const ConstMatrix& velocity);

    /// `gradient` as it was and is; `master`, `velocity` and `weight` as the update left them.
    void count(const Update& operation, const ConstMatrix& gradient, const ConstMatrix& master,
               const ConstMatrix& velocity, const ConstMatrix& weight, OperationCounts& counts) const;

private:
    struct Copy {
        std::vector<std::uint8_t> bytes;
        ConstMatrix matrix;
        explicit Copy(const ConstMatrix& original);
        Copy(const Copy&) = delete;
    };
    Copy master_, velocity_;
};

}  // namespace ulpsim::arithmetic
