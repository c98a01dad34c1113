#pragma once
#include <array>
#include <string>
#include <vector>

#include "workloads/executor/op_sequence.hpp"
#include "workloads/layers/dense.hpp"
#include "workloads/optimizers/sgd.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// One trained matrix. The products read and write at the accelerator; the update may be elsewhere: then each of the
/// two tensors has a twin there, and otherwise the twins are the tensors themselves.
struct Parameter {
    std::string name, layer;
    std::uint64_t rows = 0, columns = 0;
    bool is_bias = false;
    Tensor weight = {}, gradient = {};  ///< at the accelerator
    Tensor gradient_at_update = {};     ///< twin of `gradient`
    Tensor turned = {};                 ///< the transpose of an mx weight, with blocks of its own, at the accelerator
    Tensor scale = {};                  ///< of an int weight, at the accelerator
    ParameterState state = {};          ///< at the place of the update; state.weight is the twin of `weight`
};

struct LayerState {
    DenseLayer layer;
    Policy policy;
    Parameter weight, bias;
    Tensor output;                      ///< the next layer's activations, or the logits
    Tensor error;                       ///< at the output
    Copies input_copies, error_copies;  ///< the turned ones for the rows of one batch
    Tensor bias_in_units;
};

/// One layer's part in a step of m samples.
struct LayerPass {
    const DenseLayer* layer;
    const Policy* policy;
    DenseTensors tensors;
};

/// All tensors of a network in training: allocated in the formats of the layers' policies, and brought to others when
/// the schedule changes them.
class Model {
public:
    /// Allocates everything and brings the initial weights in (phase `boot`).
    Model(const Network& network, const TrainingConfig& config, const Placement& placement,
          const std::vector<Policy>& policies, std::uint64_t batch, OpSequence& ops);

    /// New policies, one a layer. Weights, master weights and optimizer state are converted (phase `other`);
    /// activations, errors and gradients hold nothing between two steps and are allocated anew.
    void adopt(const std::vector<Policy>& policies);

    /// Inputs and labels are double-buffered: a batch streams in while the machine works on the one before.
    const Tensor& input(std::uint64_t buffer) const { return inputs_[buffer]; }
    const Tensor& labels(std::uint64_t buffer) const { return labels_[buffer]; }
    const std::vector<LayerState>& layers() const { return layers_; }
    const Placement& placement() const { return placement_; }
    /// Twins of the last layer's output and error at the place of the loss.
    const Tensor& logits_at_loss() const { return logits_at_loss_; }
    const Tensor& error_at_loss() const { return error_at_loss_; }

    /// Copies whose columns are samples are made for a number of them: to be called before passes() over `rows` samples
    /// that go backward.
    void fit_samples(std::uint64_t rows);
    /// The layers' passes over the first `rows` samples of a buffer.
    std::vector<LayerPass> passes(std::uint64_t buffer, std::uint64_t rows) const;

private:
    void initialise(Parameter& parameter, const Policy& policy, const std::vector<float>& values);
    void convert(Parameter& parameter, const Policy& from, const Policy& to);
    void convert_weight(Parameter& parameter, const Policy& to);
    void fit_transients();
    /// A tensor where it is needed, and none where it is not.
    void fit_if(bool needed, Tensor& tensor, Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                const arithmetic::Format& format, const std::string& name);
    /// A scale that is given is written, one that is measured is not yet there.
    void fit_scale(Tensor& scale, Place place, Role role, const Precision& precision, const std::string& name);
    void fit_copies(LayerState& state, bool passes_error_on);
    void fit_gradient(Parameter& parameter, const Policy& policy);
    void fit(Tensor& tensor, Place place, Role role, std::uint64_t rows, std::uint64_t columns,
             const arithmetic::Format& format, const std::string& name);
    void fit_twin(Tensor& twin, const Tensor& original, Place place, Role role, const std::string& name);
    /// What is quantised from the master by itself (not by the update): a transpose, an int with a scale.
    void fit_weight_copies(LayerState& state, bool passes_error_on, const std::string& phase);
    void send_weight(const Parameter& parameter, const std::string& phase);
    Tensor allocate_state(const Parameter& parameter, Role role, const arithmetic::Format& format,
                          const std::string& what);

    Placement placement_;
    bool momentum_;
    std::uint64_t batch_;
    OpSequence* ops_;
    std::vector<LayerState> layers_;
    std::array<Tensor, 2> inputs_, labels_;
    Tensor logits_at_loss_, error_at_loss_;
};

/// Brings what is quantised from the master of a weight by itself up to date with it, and to the accelerator.
void enqueue_weight_copies(Place update, const Parameter& weight, const Policy& policy, const std::string& phase,
                           OpSequence& ops);

}  // namespace ulpsim::workloads
