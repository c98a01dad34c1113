#include "models/arithmetic/exact_sum.hpp"

#include <bit>
#include <cstddef>

namespace ulpsim::arithmetic {
namespace {
__extension__ using Wide = unsigned __int128;
}

void ExactSum::add(const Unrounded& term) {
    using Kind = Unrounded::Kind;
    if (term.kind == Kind::nan) {
        nan_ = true;
    } else if (term.kind == Kind::infinite) {
        (term.negative ? negative_infinity_ : positive_infinity_) = true;
    } else if (term.significand == 0) {
        (term.negative ? negative_zero_ : positive_zero_) = true;
    } else {
        nonzero_ = true;
        const auto position = static_cast<unsigned>(term.exponent - lowest_exponent);
        const unsigned shift = position % 64;
        const Wide low = Wide{static_cast<std::uint64_t>(term.significand)} << shift;
        const Wide high = (Wide{static_cast<std::uint64_t>(term.significand >> 64)} << shift) + (low >> 64);
        const std::array<std::uint64_t, 3> parts{static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high),
                                                 static_cast<std::uint64_t>(high >> 64)};
        // Subtraction adds the two's complement: all words inverted, plus one.
        const std::uint64_t invert = term.negative ? ~std::uint64_t{0} : 0;
        std::uint64_t carry = term.negative ? 1 : 0;
        for (std::size_t i = position / 64, part = 0; i < words_.size(); ++i, ++part) {
            const std::uint64_t addend = (part < parts.size() ? parts[part] : 0) ^ invert;
            const Wide sum = Wide{words_[i]} + addend + carry;
            words_[i] = static_cast<std::uint64_t>(sum);
            carry = static_cast<std::uint64_t>(sum >> 64);
        }
    }
}

void ExactSum::add_cut(const Unrounded& term, int last_place) {
    Unrounded cut = term;
    const int dropped = last_place - term.exponent;
    if (term.kind == Unrounded::Kind::finite && dropped > 0) {
        cut.significand = dropped < 128 ? cut.significand >> dropped << dropped : 0;
        if (cut.significand == 0 && term.significand != 0) {
            nonzero_ = true;  // a value, though nothing of it is left: no zero whose sign counts
            return;
        }
    }
    add(cut);
}

Unrounded ExactSum::value(bool zero_is_negative) const {
    if (nan_ || (positive_infinity_ && negative_infinity_)) return {.kind = Unrounded::Kind::nan};
    if (positive_infinity_ || negative_infinity_)
        return {.kind = Unrounded::Kind::infinite, .negative = negative_infinity_};

    std::array<std::uint64_t, words> magnitude = words_;
    const bool negative = words_.back() >> 63 != 0;
    if (negative) {
        bool carry = true;
        for (std::uint64_t& word : magnitude) {
            word = ~word + (carry ? 1 : 0);
            carry = carry && word == 0;
        }
    }
    int top = words - 1;
    const auto at = [&](int i) { return i >= 0 ? magnitude[static_cast<std::size_t>(i)] : 0; };
    while (top >= 0 && at(top) == 0) --top;
    if (top < 0) {
        const bool one_sign = !nonzero_ && positive_zero_ != negative_zero_;
        return {.negative = one_sign ? negative_zero_ : zero_is_negative};
    }
    // The top three words, moved down so that they fit 126 bits.
    const int drop = static_cast<int>(std::bit_width(at(top))) + 2;  // bits of word top-2 that stay below
    Unrounded result{.negative = negative, .exponent = lowest_exponent + 64 * (top - 2) + drop};
    result.significand = (Wide{at(top)} << 64 | at(top - 1));
    const std::uint64_t third = at(top - 2);
    if (drop >= 64) {
        result.significand >>= drop - 64;
        result.sticky = third != 0 || (drop > 64 && (at(top - 1) << (128 - drop)) != 0);
    } else {
        result.significand = result.significand << (64 - drop) | third >> drop;
        result.sticky = (third << (64 - drop)) != 0;
    }
    for (int i = top - 3; i >= 0 && !result.sticky; --i) result.sticky = at(i) != 0;
    return result;
}

}  // namespace ulpsim::arithmetic
