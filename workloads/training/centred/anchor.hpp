#pragma once
#include <cstdint>
#include <vector>

#include "workloads/executor/op_sequence.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// What the accelerator keeps of the anchor for some samples, a row each: per layer what its sums were before the ReLU
/// and what the error after the ReLU was (CentredTensors::sums, output_error). Rows are the samples', in the order of the
/// data.
struct AnchorValues {
    std::vector<Tensor> sums, output_errors;  ///< a layer each; no error of the last one
};

struct AnchorParameter {
    Tensor value;     ///< in the anchor's format
    Tensor gradient;  ///< of all samples, weight decay included
    Tensor part;      ///< of one batch
    Tensor zeros;
};

/// A network's weights in high precision and its passes over samples with them, at one place.
class Anchor {
public:
    struct Setting {
        Place place = Place::host;
        arithmetic::Format format = arithmetic::fp32;  ///< of weights, values, errors, gradients and all sums
        std::uint64_t samples = 0, batch = 0;
        double loss_scale = 1, weight_decay = 0;
    };
    /// `policies`, one a layer: for what leaves to the accelerator. Allocates everything, and brings in initial weights.
    Anchor(const Network& network, const std::vector<Policy>& policies, const Setting& setting, std::uint64_t seed,
           OpSequence& ops);

    /// The gradient over all of `samples` (rows of features, at the place) with `labels`; of the first `kept` samples also
    /// the values, into `values` where there is one. Phase `full_gradient`.
    void enqueue_gradient(const Tensor& samples, const Tensor& labels, std::uint64_t kept, const AnchorValues* values);
    /// The values of one batch, those from `first_row` on, into the first rows of `values`. Phase `inner`.
    void enqueue_values(const Tensor& samples, const Tensor& labels, std::uint64_t first_row,
                        const AnchorValues& values);
    /// weight += unit * offset, where `offset` may be at the accelerator (phase `recentre`).
    void enqueue_recentre(AnchorParameter& parameter, const Tensor& offset, double unit, const std::string& layer);
    /// target = factor * source, a tensor of the parameter, rounded, and moved to the target's place (phase `recentre`).
    void enqueue_copy(const AnchorParameter& parameter, const Tensor& source, double factor,
                      arithmetic::Rounding rounding, const Tensor& target, const std::string& layer);

    struct Loss {
        double mean = 0, right = 0;  ///< over all samples of the last gradient; the share classified rightly
    };
    Loss read_loss();
    /// The norm of a gradient. Coarse: the host reads the numbers; squaring them is not charged.
    double read_norm(const Tensor& gradient);

    struct Layer {
        const DenseLayer* layer = nullptr;
        const Policy* policy = nullptr;
        AnchorParameter weight, bias;
        Tensor sums, output, output_error, error;  ///< of a batch; of the last layer no output and no output_error
    };
    std::vector<Layer>& layers() { return layers_; }
    const Setting& setting() const { return setting_; }

private:
    struct Batch {
        Tensor samples, labels;
        std::uint64_t slot = 0, number = 0;  ///< row of the metrics, and how many batches the gradient has already
        const char* phase = "full_gradient";
        const char* tag = nullptr;  ///< not null: the layer that everything is charged to
    };
    void enqueue_forward(const Batch& batch);
    void enqueue_errors(const Batch& batch);
    void enqueue_parameters(const Batch& batch);
    void add_gradient(const Batch& batch, const Layer& layer, AnchorParameter& parameter);
    void enqueue_keep(const Batch& batch, std::uint64_t first_row, const AnchorValues& values);
    void keep(const Batch& batch, const Tensor& value, const Tensor& rows, arithmetic::Rounding rounding);
    Tensor staged(const Tensor& target);
    const Tensor& input(const Batch& batch, std::size_t layer) const;
    template <class What>
    void enqueue(const Batch& batch, const std::string& layer, What what);

    Setting setting_;
    OpSequence* ops_;
    std::vector<Layer> layers_;
    Tensor metrics_;
    std::vector<Tensor> stages_;  // at the place, for what leaves in another format
};

}  // namespace ulpsim::workloads
