#include "power/ledger/operation.hpp"

namespace ulpsim::power {
namespace {

using arithmetic::Order;
/// What the order of a dot product adds to the key; nothing when the order is sequential.
std::string order_text(const arithmetic::Dot& dot) {
    const std::string length = std::to_string(dot.length);
    switch (dot.order) {
        case Order::sequential:
            return "";
        case Order::chunk:
            return ",chunk=" + length + ":" + name(dot.outer);
        case Order::tree:
            return ",tree=" + length;
        case Order::align:
            return ",align=" + length + ":" + (dot.guard_exact ? "exact" : std::to_string(dot.guard));
    }
    return "";
}

std::string sram_text(const char* verb, std::uint32_t bits, std::uint32_t bank_kib) {
    return std::string("sram_") + verb + "[" + std::to_string(bits) + "b," + std::to_string(bank_kib) + "KiB]";
}

struct Text {
    std::string operator()(const Mac& mac) const {
        const arithmetic::Dot& dot = mac.dot;
        std::string key =
            "mac[" + name(dot.a) + "*" + name(dot.b) + "+" + name(dot.accumulator) + "," + name(dot.rounding);
        if (dot.product) key += ",product=" + name(*dot.product) + ":" + name(dot.product_rounding);
        return key + order_text(dot) + "]";
    }
    std::string operator()(const Fma& fma) const {
        return "fma[" + name(fma.a) + "*" + name(fma.b) + "+" + name(fma.c) + "," + name(fma.rounding) + "]";
    }
    std::string operator()(const Add& add) const { return "add[" + name(add.format) + "," + name(add.rounding) + "]"; }
    std::string operator()(const Multiply& multiply) const {
        return "mul[" + name(multiply.a) + "*" + name(multiply.b) + "->" + name(multiply.out) + "," +
               name(multiply.rounding) + "]";
    }
    std::string operator()(const Divide& divide) const { return "div[" + name(divide.format) + "]"; }
    std::string operator()(const Convert& convert) const {
        return "convert[" + name(convert.from) + "->" + name(convert.to) + "," + name(convert.rounding) + "]";
    }
    std::string operator()(const Compare& compare) const { return "compare[" + std::to_string(compare.bits) + "b]"; }
    std::string operator()(const TwoSum& two_sum) const { return "twosum[" + name(two_sum.format) + "]"; }
    std::string operator()(const TwoProduct& two_product) const { return "twoprod[" + name(two_product.format) + "]"; }
    std::string operator()(const Elementary& elementary) const {
        const bool is_exp = elementary.function == Elementary::Function::exp;
        return std::string(is_exp ? "exp[" : "log[") + name(elementary.format) + "]";
    }
    std::string operator()(const RandomBits& random) const {
        return "random_bits[" + std::to_string(random.bits) + "b]";
    }
    std::string operator()(const SramRead& read) const { return sram_text("read", read.bits, read.bank_kib); }
    std::string operator()(const SramWrite& write) const { return sram_text("write", write.bits, write.bank_kib); }
    std::string operator()(const RegisterBit&) const { return "register_bit"; }
    std::string operator()(const DramActivate& dram) const { return "dram_activate[" + dram.model + "]"; }
    std::string operator()(const DramReadByte& dram) const { return "dram_read_byte[" + dram.model + "]"; }
    std::string operator()(const DramWriteByte& dram) const { return "dram_write_byte[" + dram.model + "]"; }
    std::string operator()(const DramRefresh& dram) const { return "dram_refresh[" + dram.model + "]"; }
    std::string operator()(const BusByte& bus) const { return "bus_byte[" + std::to_string(bus.width_bits) + "b]"; }
    std::string operator()(const LinkByte& link) const { return "link_byte[" + link.model + "]"; }
    std::string operator()(const LinkMessage& link) const { return "link_message[" + link.model + "]"; }
    std::string operator()(const HostCycle& host) const { return "host_cycle[" + host.model + "]"; }
    std::string operator()(const Descriptor&) const { return "descriptor"; }
    std::string operator()(const Clock&) const { return "clock"; }
    std::string operator()(const Static&) const { return "static"; }
};

struct GroupOf {
    Group operator()(const SramRead&) const { return Group::sram; }
    Group operator()(const SramWrite&) const { return Group::sram; }
    Group operator()(const DramActivate&) const { return Group::dram; }
    Group operator()(const DramReadByte&) const { return Group::dram; }
    Group operator()(const DramWriteByte&) const { return Group::dram; }
    Group operator()(const DramRefresh&) const { return Group::dram; }
    Group operator()(const LinkByte&) const { return Group::channel; }
    Group operator()(const LinkMessage&) const { return Group::channel; }
    Group operator()(const HostCycle&) const { return Group::host; }
    template <class Logic>
    Group operator()(const Logic&) const {
        return Group::logic;
    }
};

}  // namespace

std::string text(const Operation& operation) { return std::visit(Text{}, operation); }

Group group(const Operation& operation) { return std::visit(GroupOf{}, operation); }

std::string_view name(Group group) {
    switch (group) {
        case Group::logic:
            return "logic";
        case Group::sram:
            return "sram";
        case Group::dram:
            return "dram";
        case Group::channel:
            return "channel";
        case Group::host:
            return "host";
    }
    return "";
}

}  // namespace ulpsim::power
