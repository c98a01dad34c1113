#pragma once
#include <array>
#include <bit>
#include <boost/pfr.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "models/arithmetic/format.hpp"

// Plain values as bytes and back, without a list of their fields: Boost.PFR walks an aggregate's members in the order
// of their declaration, so that a member or a kind of Op that is added is recorded from then on.
//
//   unsigned, bool, enum   LEB128: seven bits a byte, the lowest first, the top bit says that more follow
//   signed                 zigzag (0, -1, 1, -2, ...), then as unsigned
//   double                 eight bytes, little-endian
//   string, vector         the number of items, the items
//   optional               0, or 1 and the value;    variant   the index, the alternative
//   array, struct          the items, the members
//   number format          its name (its members share bytes)
//   pointer                nothing: it means something in its own process only, and is read as null

namespace ulpsim::workloads {

template <class Value>
inline constexpr bool is_vector = false;
template <class Item>
inline constexpr bool is_vector<std::vector<Item>> = true;
template <class Value>
inline constexpr bool is_optional = false;
template <class Item>
inline constexpr bool is_optional<std::optional<Item>> = true;
template <class Value>
inline constexpr bool is_variant = false;
template <class... Items>
inline constexpr bool is_variant<std::variant<Items...>> = true;
template <class Value>
inline constexpr bool is_array = false;
template <class Item, std::size_t count>
inline constexpr bool is_array<std::array<Item, count>> = true;

class ByteWriter {
public:
    void whole(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }

    void raw(std::string_view bytes) { bytes_ += bytes; }

    template <class Value>
    void put(const Value& value) {
        if constexpr (std::is_pointer_v<Value>) {
            return;
        } else if constexpr (std::is_enum_v<Value>) {
            whole(static_cast<std::uint64_t>(value));
        } else if constexpr (std::unsigned_integral<Value>) {
            whole(value);
        } else if constexpr (std::signed_integral<Value>) {
            const auto wide = static_cast<std::int64_t>(value);
            whole(static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63));
        } else if constexpr (std::same_as<Value, double>) {
            const auto bits = std::bit_cast<std::uint64_t>(value);
            for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(bits >> shift);
        } else if constexpr (std::same_as<Value, std::string>) {
            whole(value.size());
            bytes_ += value;
        } else if constexpr (std::same_as<Value, arithmetic::Format>) {
            put(arithmetic::name(value));
        } else if constexpr (is_vector<Value>) {
            whole(value.size());
            for (const auto& item : value) put(item);
        } else if constexpr (is_optional<Value>) {
            put(value.has_value());
            if (value) put(*value);
        } else if constexpr (is_variant<Value>) {
            whole(value.index());
            std::visit([this](const auto& item) { put(item); }, value);
        } else if constexpr (is_array<Value>) {
            for (const auto& item : value) put(item);
        } else {
            boost::pfr::for_each_field(value, [this](const auto& field) { put(field); });
        }
    }

    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::exchange(bytes_, {}); }

private:
    std::string bytes_;
};

/// Reads what ByteWriter wrote. Throws std::runtime_error where the bytes end early or cannot be a value.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    /// Bytes not yet read.
    std::size_t left() const { return rest_.size(); }

    std::uint64_t whole() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(raw(1).front());
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
        throw std::runtime_error("a number has too many digits");
    }

    std::string_view raw(std::uint64_t count) {
        if (count > rest_.size()) throw std::runtime_error("it ends too early");
        const std::string_view bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }

    template <class Value>
    Value get() {
        Value value{};
        read(value);
        return value;
    }

    template <class Value>
    void read(Value& value) {
        if constexpr (std::is_pointer_v<Value>) {
            value = nullptr;
        } else if constexpr (std::is_enum_v<Value> || std::unsigned_integral<Value>) {
            value = static_cast<Value>(whole());
        } else if constexpr (std::signed_integral<Value>) {
            const std::uint64_t coded = whole();
            value = static_cast<Value>(static_cast<std::int64_t>(coded >> 1 ^ (~(coded & 1) + 1)));
        } else if constexpr (std::same_as<Value, double>) {
            std::uint64_t bits = 0;
            int shift = 0;
            for (const char byte : raw(8)) {
                bits |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift;
                shift += 8;
            }
            value = std::bit_cast<double>(bits);
        } else if constexpr (std::same_as<Value, std::string>) {
            value = std::string(raw(whole()));
        } else if constexpr (std::same_as<Value, arithmetic::Format>) {
            value = arithmetic::parse_format(get<std::string>());
        } else if constexpr (is_vector<Value>) {
            const std::uint64_t count = whole();
            if (count > left()) throw std::runtime_error("it ends too early");
            value.resize(count);
            for (auto& item : value) read(item);
        } else if constexpr (is_optional<Value>) {
            value.reset();
            if (get<bool>()) read(value.emplace());
        } else if constexpr (is_variant<Value>) {
            alternative(value, whole(), std::make_index_sequence<std::variant_size_v<Value>>{});
        } else if constexpr (is_array<Value>) {
            for (auto& item : value) read(item);
        } else {
            boost::pfr::for_each_field(value, [this](auto& field) { read(field); });
        }
    }

private:
    template <class Variant, std::size_t... indices>
    void alternative(Variant& value, std::uint64_t wanted, std::index_sequence<indices...>) {
        const bool found = ((indices == wanted ? (read(value.template emplace<indices>()), true) : false) || ...);
        if (!found) throw std::runtime_error("it holds a kind of value that is not known");
    }

    std::string_view rest_;
};

/// The structure of a type as text: two programs whose structures differ cannot read each other's bytes.
template <class Value>
std::string structure() {
    if constexpr (std::is_pointer_v<Value>) {
        return "";
    } else if constexpr (std::same_as<Value, bool>) {
        return "b";
    } else if constexpr (std::is_enum_v<Value> || std::unsigned_integral<Value>) {
        return "u";
    } else if constexpr (std::signed_integral<Value>) {
        return "i";
    } else if constexpr (std::same_as<Value, double>) {
        return "d";
    } else if constexpr (std::same_as<Value, std::string>) {
        return "s";
    } else if constexpr (std::same_as<Value, arithmetic::Format>) {
        return "f";
    } else if constexpr (is_vector<Value>) {
        return "[" + structure<typename Value::value_type>() + "]";
    } else if constexpr (is_optional<Value>) {
        return "?" + structure<typename Value::value_type>();
    } else if constexpr (is_array<Value>) {
        return std::to_string(std::tuple_size_v<Value>) + structure<typename Value::value_type>();
    } else if constexpr (is_variant<Value>) {
        return []<std::size_t... indices>(std::index_sequence<indices...>) {
            return "(" + ((structure<std::variant_alternative_t<indices, Value>>() + "|") + ...) + ")";
        }
        (std::make_index_sequence<std::variant_size_v<Value>>{});
    } else {
        return []<std::size_t... indices>(std::index_sequence<indices...>) {
            return "{" + (structure<boost::pfr::tuple_element_t<indices, Value>>() + ...) + "}";
        }
        (std::make_index_sequence<boost::pfr::tuple_size_v<Value>>{});
    }
}

}  // namespace ulpsim::workloads
