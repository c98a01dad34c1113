#pragma once
#include <array>

#include "workloads/executor/op_sequence.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// In what units a bit-centred layer's numbers are: what is meant is the unit times what is stored.
struct CentredUnits {
    double weight = 1, bias = 1;  ///< of the offsets of the two parameters: delta
    double anchor = 1;            ///< of the working copy of the anchor's weights
    double step = 1;              ///< a power of two: of everything that a step derives from offsets
};

/// What the two parts of one bit-centred dense layer read and write in a step of m samples (facts: training 1.4): `anchor`
/// is what a tensor is at the anchor, `offset` what the offset of the weights adds to it, `full` their sum. All at the
/// accelerator. Formats are those of the layer's policy, and of the next layer's for what that reads; "wide" is the format
/// of the accumulator.
struct CentredTensors {
    // ---- the anchor: only read
    Tensor weight;                          ///< outputs x inputs, `weights`
    Tensor sums;                            ///< m x outputs, before the ReLU: the next layer's `activations`, or `loss`
    Tensor output_error;                    ///< m x outputs, after the ReLU, `errors`; none for the last layer
    Tensor weight_gradient, bias_gradient;  ///< of all samples, in units of `step`, `gradients`
    // ---- the offset of the parameters
    Tensor offset_weight, offset_bias;  ///< `weights`
    Tensor no_bias, bias_term;          ///< 1 x outputs: zeros, and the bias in units of `weight`, wide
    // ---- the layer's input: of the first layer the samples, which have no offset
    Tensor input, full_input, offset_input;  ///< m x inputs, `activations`
    // ---- what the step derives; the input's errors are the layer's before
    std::array<Tensor, 2> parts;  ///< m x outputs, wide
    Tensor offset_sums;           ///< m x outputs, wide
    Tensor full_output;  ///< m x outputs, wide, in units of `step`: output, then its error; none for the last layer
    Tensor anchor_error, full_error,
        offset_error;                    ///< m x outputs, before the ReLU, `errors`; the first: hidden layers only
    std::array<Tensor, 2> weight_parts;  ///< `gradients`; the second: not of the first layer
    Tensor bias_part, step_weight_gradient,
        step_bias_gradient;  ///< `gradients`; the last two are what the update reads
};

/// A layer's part in a step.
struct CentredPass {
    const DenseLayer* layer;
    const Policy* policy;
    arithmetic::Rounding output_rounding;  ///< of the next layer's activations; of the last layer: of the loss
    CentredUnits units;
    CentredTensors tensors;
};

/// offset_sums = input offset * anchor weight^T + full input * offset weight^T + offset bias: two products, one for the
/// first layer.
void enqueue_centred_sums(const CentredPass& pass, OpSequence& ops);

/// The ReLU between `pass` and `next`, whose three inputs it leaves: full - anchor, from sums that are exact in the wide
/// format, so that nothing but the rounding of the offset is lost however small it is.
void enqueue_centred_relu(const CentredPass& pass, const CentredPass& next, OpSequence& ops);

/// The errors before the ReLU of `before`, from the errors of `pass`: two products and the ReLU's parts.
void enqueue_centred_input_error(const CentredPass& pass, const CentredPass& before, OpSequence& ops);

/// The step's gradients: factor * (what the offset adds to the
/// gradient of these samples) + the anchor's gradient of all.
void enqueue_centred_gradients(const CentredPass& pass, double factor, OpSequence& ops);

/// The loss at the anchor and in full, and the difference of their errors. The anchor's error is worked out again from
/// the anchor's logits: a stored one would be rounded, and the difference then not zero at no offset.
struct CentredLoss {
    Tensor labels, metrics, anchor_metrics;  ///< of the sum: row `slot`
    std::uint64_t slot = 0;
    Tensor full_logits, full, anchor;  ///< m x outputs, `loss`: logits, and errors in units of `step`
    double factor = 1;                 ///< on the errors: loss scale and batch average
};
void enqueue_centred_loss(const CentredPass& last, const CentredLoss& loss, OpSequence& ops);

}  // namespace ulpsim::workloads
