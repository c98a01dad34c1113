#include "models/arithmetic/vector_update.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "models/arithmetic/encode_row.hpp"
#include "models/arithmetic/exact_sum.hpp"
#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {

struct VectorUpdate::Buffers {
    alignas(64) std::array<float, row_piece> gradient{}, g{}, velocity{}, high{}, low{}, before{};
    alignas(64) std::array<std::array<float, row_piece>, 2> more{};  ///< third and fourth term
    alignas(64) std::array<std::uint32_t, row_piece> changed{};
};

/// Minus zero: added to a product it gives the product, signs of zeros included.
void fill_minus_zero(float* values, std::uint64_t count) { std::fill_n(values, count, -0.0f); }

std::optional<VectorUpdate::Sum> VectorUpdate::sum_into(const Format& format, Rounding rounding) {
    if (format.is_expansion() || !kernels::decoder<float>(format)) return {};
    Sum sum{};
    if (rounding == rne) {
        sum.step = kernels::choose_step(fp32, fp32, format, HUGE_VAL);
        if (sum.step) sum.constants = kernels::step_constants(*sum.step, format);
    }
    const auto encoder = kernels::encoder<float>(format, rounding);
    if (!encoder) return {};
    sum.encoder = *encoder;
    sum.odd_serves = kernels::odd_sum_serves(format, rounding);
    if (!sum.step && !sum.odd_serves) return {};
    return sum;
}

bool VectorUpdate::choose_roundings() {
    if (gradient_.format.is_expansion() || !kernels::decoder<float>(gradient_.format)) return false;
    const auto take = [](Sum& place, const Format& format, Rounding rounding) {
        const auto sum = sum_into(format, rounding);
        if (sum) place = *sum;
        return sum.has_value();
    };
    if (!take(nearest_state_, operation_.state, rne) || !nearest_state_.step) return false;
    if (!take(state_, operation_.state, operation_.state_rounding)) return false;
    const Format element = master_.format.element();
    if (!take(master_sum_, element, operation_.master_rounding)) return false;
    if (master_.format.is_expansion()) {
        // Sums of two values of 11 bits may be rounded in binary32 first.
        if (master_.format.term_step != 0 || element.precision() > 11) return false;
        if (master_.format.terms > 2 && (operation_.master_rounding != rne || !has_nan(element))) return false;
        if (!take(nearest_element_, element, rne) || !nearest_element_.step) return false;
    }
    if (weight_.bytes == nullptr) return true;
    if (weight_.format.is_mx())  // pieces are whole blocks; a block draws from another place than an update does
        return row_piece % weight_.format.block == 0 && !operation_.weight_rounding.is_stochastic();
    if (master_.format.terms == 2 && take(weight_sum_, weight_.format, operation_.weight_rounding)) return true;
    if (master_.format.is_expansion()) {
        // Sums at 53 bits, rounded to odd, have the bits that this rounding looks at.
        const Format& weight = weight_.format;
        const bool is_plain = !weight.is_expansion() && !weight.is_twos_complement();
        if (!is_plain || weight.precision() + operation_.weight_rounding.random_bits + 2 > 53) return false;
        sum_encoder_ = kernels::encoder<double>(weight, operation_.weight_rounding);
        return sum_encoder_.has_value();
    }
    const auto encoder = kernels::encoder<float>(weight_.format, operation_.weight_rounding);
    if (!encoder || weight_.format.is_expansion()) return false;
    weight_sum_.encoder = *encoder;
    return true;
}

std::optional<VectorUpdate> VectorUpdate::choose(const Update& operation, const ConstMatrix& gradient,
                                                 const Matrix& master, const Matrix& velocity, const Matrix& weight,
                                                 const Coordinates& coordinates) {
    VectorUpdate u;
    u.operation_ = operation;
    u.gradient_ = gradient;
    u.master_ = master;
    u.velocity_ = velocity;
    u.weight_ = weight;
    u.coordinates_ = coordinates;
    u.minus_learning_rate_ = -static_cast<float>(operation.learning_rate);
    u.momentum_ = static_cast<float>(operation.momentum);
    u.weight_decay_ = static_cast<float>(operation.weight_decay);
    u.unscale_ = static_cast<float>(operation.unscale);
    if (!u.choose_roundings()) return {};
    u.choose_one_pass();
    u.join_rows();
    return u;
}

/// Whether every gradient times `factor` is a value of the state's format: a shift of its exponents.
bool scales_exactly(const Format& gradient, float factor, const Format& state) {
    int exponent = 0;
    if (std::frexp(factor, &exponent) != 0.5f) return false;
    --exponent;
    return gradient.precision() <= state.precision() && emax(gradient) + exponent <= emax(state) &&
           gradient.emin() - gradient.mantissa_bits + exponent >= state.emin() - state.mantissa_bits &&
           state.subnormals && gradient.emin() + exponent >= fp32.emin();
}

/// To nearest throughout, and state and master (or its terms) in binary32 or, both, in one format of its range.
void VectorUpdate::choose_one_pass() {
    using kernels::Step;
    const Format element = master_.format.element();
    const bool to_nearest = operation_.state_rounding == rne && operation_.master_rounding == rne;
    const bool is_wide = operation_.state == fp32;
    if (operation_.compensated) return;
    if (master_.format.terms > 2 || (weight_.bytes != nullptr && weight_.format.is_mx())) return;
    if (!to_nearest || !(is_wide || nearest_state_.step == Step::odd_mantissa)) return;
    if (master_.format.is_expansion()) {
        const bool keeps_sum = weight_.bytes == nullptr || weight_sum_.odd_serves;
        if (nearest_element_.step != Step::odd_mantissa || !keeps_sum) return;
    } else if (element != operation_.state) {
        return;
    }
    one_pass_ =
        kernels::UpdateConstants{.unscale = unscale_,
                                 .weight_decay = weight_decay_,
                                 .momentum = velocity_.bytes == nullptr ? 0 : momentum_,
                                 .minus_learning_rate = minus_learning_rate_,
                                 .unscales_exactly = scales_exactly(gradient_.format, unscale_, operation_.state),
                                 .state = nearest_state_.constants,
                                 .element = nearest_element_.constants};
}

std::uint64_t VectorUpdate::one_pass(Buffers& b, std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    const auto& level = kernels::kernels();
    const std::size_t kind = operation_.state == fp32 ? 0 : 1;
    const std::uint64_t element = coordinates_.element(row, first);
    const Format term = master_.format.element();
    std::uint8_t* head = master_.bytes + row * master_.pitch;
    std::uint8_t* tail = head + master_.plane;
    std::uint8_t* velocity = velocity_.bytes + row * velocity_.pitch;
    std::uint8_t* weight = weight_.bytes + row * weight_.pitch;
    if (velocity_.bytes != nullptr) unpack(velocity_.format, velocity, first, count, b.velocity.data());
    std::uint64_t unchanged = 0;
    if (master_.format.is_expansion()) {
        unpack(term, tail, first, count, b.low.data());
        unchanged = level.update_pairs[kind](*one_pass_, count, b.gradient.data(), b.velocity.data(), b.high.data(),
                                             b.low.data(), b.g.data());
        pack(term, b.low.data(), first, count, tail);
    } else {
        unchanged = level.update_values[kind](*one_pass_, count, b.gradient.data(), b.velocity.data(), b.high.data());
    }
    pack(term, b.high.data(), first, count, head);
    if (velocity_.bytes != nullptr) pack(velocity_.format, b.velocity.data(), first, count, velocity);
    if (weight_.bytes != nullptr)
        encode_row(weight_.format, weight_sum_.encoder, master_.format.is_expansion() ? b.g.data() : b.high.data(),
                   first, count, coordinates_.key, element, weight, 2);
    return unchanged;
}

void VectorUpdate::join_rows() {
    const bool joins =
        joins_rows(gradient_) && joins_rows(master_) && (velocity_.bytes == nullptr || joins_rows(velocity_)) &&
        (weight_.bytes == nullptr || joins_rows(weight_)) && coordinates_.total_columns == master_.columns;
    if (!joins) return;
    coordinates_ = one_row(coordinates_, master_.rows * master_.columns);
    gradient_ = as_one_row(gradient_);
    master_ = as_one_row(master_);
    velocity_ = as_one_row(velocity_);
    weight_ = as_one_row(weight_);
}

std::uint64_t VectorUpdate::run(unsigned threads) const {
    std::atomic<std::uint64_t> unchanged{0};
    for_each_part(
        master_.rows, master_.columns, threads, [&](std::uint64_t row, std::uint64_t first, std::uint64_t count) {
            for_each_piece(first, count,
                           [&](std::uint64_t start, std::uint64_t size) { unchanged += piece(row, start, size); });
        });
    return unchanged;
}

std::uint64_t VectorUpdate::piece(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    thread_local Buffers buffers;
    unpack(gradient_.format, gradient_.bytes + row * gradient_.pitch, first, count, buffers.gradient.data());
    unpack(master_.format.element(), master_.bytes + row * master_.pitch, first, count, buffers.high.data());
    if (one_pass_) {
        // The kernels work on whole vectors; what lies behind the piece must not be counted.
        const std::uint64_t padded = std::min<std::uint64_t>((count + 15) / 16 * 16, row_piece);
        std::fill(buffers.gradient.begin() + static_cast<std::ptrdiff_t>(count),
                  buffers.gradient.begin() + static_cast<std::ptrdiff_t>(padded), 0.0f);
        return one_pass(buffers, row, first, count);
    }
    std::fill_n(buffers.changed.begin(), count, 0u);
    step_velocity(buffers, row, first, count);
    if (master_.format.terms > 2)
        step_terms(buffers, row, first, count);
    else if (master_.format.is_expansion())
        step_double_word(buffers, row, first, count);
    else
        step_plain(buffers, row, first, count);
    return kernels::kernels().count_unchanged(buffers.gradient.data(), buffers.changed.data(), count);
}

void VectorUpdate::sum_and_store(const Sum& sum, const Format& format, float a, const float* x, float* y,
                                 std::uint64_t first, std::uint64_t count, std::uint64_t element, std::uint64_t k,
                                 std::uint8_t* bytes) const {
    const auto& level = kernels::kernels();
    if (sum.step) {
        level.multiply_add[kernels::index_of(*sum.step)](sum.constants, a, x, count, y);
        pack(format, y, first, count, bytes);
        return;
    }
    level.sum_to_odd(a, x, count, y);
    encode_row(format, sum.encoder, y, first, count, coordinates_.key, element, bytes, k);
    unpack(format, bytes, first, count, y);
}

/// Leaves the velocity in buffers.g.
void VectorUpdate::step_velocity(Buffers& b, std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    const auto& level = kernels::kernels();
    const auto multiply_add = level.multiply_add[kernels::index_of(*nearest_state_.step)];
    fill_minus_zero(b.g.data(), count);
    multiply_add(nearest_state_.constants, unscale_, b.gradient.data(), count, b.g.data());
    if (operation_.weight_decay != 0)
        multiply_add(nearest_state_.constants, weight_decay_, b.high.data(), count, b.g.data());
    if (velocity_.bytes == nullptr) return;
    std::uint8_t* bytes = velocity_.bytes + row * velocity_.pitch;
    if (operation_.momentum == 0) {
        pack(velocity_.format, b.g.data(), first, count, bytes);
        return;
    }
    unpack(velocity_.format, bytes, first, count, b.velocity.data());
    sum_and_store(state_, velocity_.format, momentum_, b.velocity.data(), b.g.data(), first, count,
                  coordinates_.element(row, first), 0, bytes);
}

void VectorUpdate::step_plain(Buffers& b, std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    const std::uint64_t element = coordinates_.element(row, first);
    std::copy_n(b.high.begin(), count, b.before.begin());
    sum_and_store(master_sum_, master_.format, minus_learning_rate_, b.g.data(), b.high.data(), first, count, element,
                  1, master_.bytes + row * master_.pitch);
    if (weight_.bytes != nullptr && weight_.format.is_mx())
        store_blocks(b.high.data(), row, first, count);
    else if (weight_.bytes != nullptr)
        encode_row(weight_.format, weight_sum_.encoder, b.high.data(), first, count, coordinates_.key, element,
                   weight_.bytes + row * weight_.pitch, 2);
    kernels::kernels().note_changes(b.before.data(), b.high.data(), count, b.changed.data());
}

void VectorUpdate::step_terms(Buffers& b, std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    const auto& level = kernels::kernels();
    const Format term = master_.format.element();
    float* d = b.velocity.data();
    fill_minus_zero(d, count);
    level.multiply_add[kernels::index_of(*nearest_element_.step)](nearest_element_.constants, minus_learning_rate_,
                                                                  b.g.data(), count, d);
    float* const terms[] = {b.high.data(), b.low.data(), b.more[0].data(), b.more[1].data()};
    const auto bytes = [&](std::size_t t) { return master_.bytes + row * master_.pitch + t * master_.plane; };
    const std::size_t n = master_.format.terms;
    for (std::size_t t = 1; t < n; ++t) unpack(term, bytes(t), first, count, terms[t]);
    level.add_to_terms[n - 3](nearest_element_.constants.narrow, count, terms, d);
    for (std::size_t t = 0; t < n; ++t) {
        unpack(term, bytes(t), first, count, b.before.data());
        level.note_changes(b.before.data(), terms[t], count, b.changed.data());
        pack(term, terms[t], first, count, bytes(t));
    }
    if (weight_.bytes != nullptr) store_sums(terms, row, first, count);
}

template <class Real>
void VectorUpdate::store_blocks(const Real* values, std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    round_and_pack(weight_.format, operation_.weight_rounding, values, first, count, {}, 0,
                   weight_.bytes + row * weight_.pitch);
}

/// Terms seldom lie so far apart that binary64 does not hold their sum; then it is rounded to odd.
void VectorUpdate::store_sums(const float* const* terms, std::uint64_t row, std::uint64_t first,
                              std::uint64_t count) const {
    std::array<double, row_piece> sums{};
    for (std::uint64_t i = 0; i < count; ++i) {
        double sum = 0, error = 0;
        for (std::size_t t = master_.format.terms; t-- > 0;) {
            const double term = terms[t][i], before = sum;
            sum = before + term;
            const double part = sum - before;
            error += std::fabs((before - (sum - part)) + (term - part));  // NaN of an infinite sum counts as inexact
        }
        if (error != 0) {
            ExactSum exact_sum;
            for (std::size_t t = 0; t < master_.format.terms; ++t) exact_sum.add(exact(terms[t][i]));
            sum = round_to(fp64, {RoundingMode::rto, 0}, exact_sum.value(false), 0);
        }
        sums[i] = sum;
    }
    if (weight_.format.is_mx()) return store_blocks(sums.data(), row, first, count);
    encode_row(weight_.format, *sum_encoder_, sums.data(), first, count, coordinates_.key,
               coordinates_.element(row, first), weight_.bytes + row * weight_.pitch, 2);
}

/// DWPlusFP as expansion.hpp has it; without its 2Sum it is Kahan's sum.
void VectorUpdate::step_double_word(Buffers& b, std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
    const auto& level = kernels::kernels();
    const std::uint64_t element = coordinates_.element(row, first);
    const Format term = master_.format.element();
    const auto& narrow = nearest_element_.constants.narrow;
    std::uint8_t* head = master_.bytes + row * master_.pitch;
    std::uint8_t* tail = head + master_.plane;
    float* d = b.velocity.data();
    unpack(term, tail, first, count, b.low.data());

    fill_minus_zero(d, count);
    const auto multiply_add = level.multiply_add[kernels::index_of(*nearest_element_.step)];
    multiply_add(nearest_element_.constants, minus_learning_rate_, b.g.data(), count, d);
    std::copy_n(b.high.begin(), count, b.before.begin());
    if (!operation_.compensated) level.two_sum(narrow, count, b.high.data(), d);
    std::copy_n(b.low.begin(), count, b.g.begin());
    if (master_sum_.step)
        multiply_add(nearest_element_.constants, 1, b.low.data(), count, d);
    else
        sum_and_store(master_sum_, term, 1, b.low.data(), d, first, count, element, 1, tail);
    level.fast_two_sum(narrow, count, b.high.data(), d);

    pack(term, b.high.data(), first, count, head);
    pack(term, d, first, count, tail);
    level.note_changes(b.before.data(), b.high.data(), count, b.changed.data());
    level.note_changes(b.g.data(), d, count, b.changed.data());
    if (weight_.bytes == nullptr) return;
    if (sum_encoder_ || weight_.format.is_mx()) {
        const float* const terms[] = {b.high.data(), d};
        return store_sums(terms, row, first, count);
    }
    std::uint8_t* weight = weight_.bytes + row * weight_.pitch;
    if (!weight_sum_.odd_serves) {
        sum_and_store(weight_sum_, weight_.format, 1, b.high.data(), d, first, count, element, 2, weight);
        return;
    }
    level.sum_to_odd(1, b.high.data(), count, d);
    encode_row(weight_.format, weight_sum_.encoder, d, first, count, coordinates_.key, element, weight, 2);
}

}  // namespace ulpsim::arithmetic
