#include "workloads/executor/validate.hpp"

#include <stdexcept>

namespace ulpsim::workloads {
namespace {

class Validator {
public:
    explicit Validator(const Op& op) : op_(op) {}

    void operator()(const MatrixProduct& product) const {
        here({&product.a, &product.b, &product.out});
        check_scales(product.scales);
        const std::uint64_t rows = product.transpose_a ? product.a.columns : product.a.rows;
        const std::uint64_t depth = product.transpose_a ? product.a.rows : product.a.columns;
        const std::uint64_t depth_of_b = product.transpose_b ? product.b.columns : product.b.rows;
        const std::uint64_t columns = product.transpose_b ? product.b.rows : product.b.columns;
        require(depth == depth_of_b, "a and b have different depths");
        shape(product.out, rows, columns, "the product does not fit its output");
        require(product.dot.a == product.a.format && product.dot.b == product.b.format,
                "the dot product's formats are not those of its operands");
        if (product.bias) {
            here({&product.bias});
            shape(product.bias, 1, columns, "the bias does not fit the output");
        }
        const bool needs_mask = product.activation == arithmetic::Activation::relu_gradient;
        require(needs_mask == static_cast<bool>(product.mask), "a mask belongs to relu_gradient and to nothing else");
        if (needs_mask) {
            here({&product.mask});
            shape(product.mask, rows, columns, "the mask does not fit the output");
        }
    }
    void operator()(const ColumnSums& sums) const {
        here({&sums.in, &sums.out});
        shape(sums.out, 1, sums.in.columns, "the sums do not fit their output");
    }
    void operator()(const Conversion& conversion) const {
        const Tensor& in = conversion.in;
        here({&in, &conversion.out});
        check_scales(conversion.scales);
        conversion.transpose ? shape(conversion.out, in.columns, in.rows, "the transpose does not fit its output")
                             : same_shape(in, conversion.out);
    }
    void operator()(const MeasureScale& measure) const {
        here({&measure.in, &measure.out});
        one_binary64(measure.out);
        require(measure.format.is_twos_complement(), "the scale is not one of int or fix");
    }
    void operator()(const SoftmaxCrossEntropy& loss) const {
        here({&loss.logits, &loss.labels, &loss.error, &loss.metrics});
        same_shape(loss.logits, loss.error);
        shape(loss.labels, loss.logits.rows, 1, "one label is needed for each row of the logits");
        require(loss.metrics.columns == 2 && loss.slot < loss.metrics.rows, "the slot is outside the metrics");
        require(loss.metrics.format == loss.operation.format, "the metrics are not in the format of the loss");
    }
    void operator()(const Update& update) const {
        here({&update.gradient, &update.master});
        same_shape(update.gradient, update.master);
        require((update.operation.momentum != 0) == static_cast<bool>(update.velocity),
                "a velocity belongs to momentum and to nothing else");
        if (update.velocity) {
            here({&update.velocity});
            same_shape(update.velocity, update.master);
        }
        if (update.weight) {
            here({&update.weight});
            same_shape(update.weight, update.master);
        }
        if (update.changes) {
            here({&update.changes});
            shape(update.changes, 1, 2, "the changes are two numbers");
            require(update.changes.format == arithmetic::fp64, "the changes are not in fp64");
        }
    }
    void operator()(const CountNonfinite& count) const {
        require(!count.in.empty(), "nothing to count");
        for (const Tensor& tensor : count.in) here({&tensor});
        here({&count.out});
        shape(count.out, 1, 1, "the count is one number");
    }
    void operator()(const SquaredNorm& norm) const {
        require(!norm.in.empty(), "nothing to square");
        for (const Tensor& tensor : norm.in) here({&tensor});
        here({&norm.out});
        shape(norm.out, 1, 1, "the squared norm is one number");
    }
    void operator()(const Combination& combination) const {
        here({&combination.a, &combination.b, &combination.out});
        same_shape(combination.a, combination.out);
        same_shape(combination.b, combination.out);
        for (const Tensor& operand : {combination.a, combination.b, combination.mask})
            require(operand.id != combination.out.id, "the result of a combination is one of its operands");
        const bool needs_mask = combination.activation == arithmetic::Activation::relu_gradient;
        require(needs_mask == static_cast<bool>(combination.mask),
                "a mask belongs to relu_gradient and to nothing else");
        if (needs_mask) {
            here({&combination.mask});
            same_shape(combination.mask, combination.out);
        }
    }
    void operator()(const Transfer& transfer) const {
        require(static_cast<bool>(transfer.in) && static_cast<bool>(transfer.out), "an operand is missing");
        require(transfer.in.place != transfer.out.place, "both ends are at the same place");
        require(transfer.in.format == transfer.out.format, "the ends have different formats");
        same_shape(transfer.in, transfer.out);
    }

private:
    void require(bool condition, const char* what) const {
        if (!condition)
            throw std::logic_error("operation " + std::to_string(op_.number) + " (" + op_.phase + ", " + op_.layer +
                                   "): " + what);
    }
    void here(std::initializer_list<const Tensor*> operands) const {
        for (const Tensor* tensor : operands) {
            require(static_cast<bool>(*tensor), "an operand is missing");
            require(tensor->place == op_.place, "an operand is at another place");
            require(tensor->rows > 0 && tensor->columns > 0, "an operand is empty");
        }
    }
    void one_binary64(const Tensor& scale) const {
        shape(scale, 1, 1, "a scale is one number");
        require(scale.format == arithmetic::fp64, "a scale is not in binary64");
    }
    void check_scales(const Scales& scales) const {
        for (const Tensor& scale : scales.factors) {
            if (!scale) continue;
            here({&scale});
            one_binary64(scale);
        }
    }
    void shape(const Tensor& tensor, std::uint64_t rows, std::uint64_t columns, const char* what) const {
        require(tensor.rows == rows && tensor.columns == columns, what);
    }
    void same_shape(const Tensor& one, const Tensor& other) const {
        shape(one, other.rows, other.columns, "operands of one shape are needed");
    }

    const Op& op_;
};

}  // namespace

void validate(const Op& op) {
    if (op.number == 0) throw std::logic_error("an operation without a number");
    std::visit(Validator(op), op.what);
}

void validate(Place place, const Body& body) {
    for (std::size_t i = 0; i < body.ops.size(); ++i) {
        const Op& op = body.ops[i];
        validate(op);
        const auto refuse = [&](const char* what) {
            throw std::logic_error("operation " + std::to_string(op.number) + " of a loop's body: " + what);
        };
        if (op.place != place) refuse("it is at another place");
        if (std::holds_alternative<Transfer>(op.what)) refuse("it is a transfer");
        if (op.number != body.ops.front().number + i) refuse("its number does not follow the one before");
    }
    if (body.selection.blocks == 0 || body.selection.blocks > 0xffff'ffff)
        throw std::logic_error("a loop selects among no blocks or too many");
}

}  // namespace ulpsim::workloads
