#pragma once
#include <vector>

#include "workloads/layers/centred_dense.hpp"
#include "workloads/training/centred/anchor.hpp"

namespace ulpsim::workloads {

/// A parameter at the accelerator.
struct CentredParameter {
    Tensor anchor;    ///< working copy; none of a bias, which only its offset adds to
    Tensor gradient;  ///< the anchor's, in units of the step's
    Tensor offset, zeros;
    double delta = 1;        ///< the offset's unit
    double anchor_unit = 1;  ///< the working copy's
};

struct CentredLayer {
    const DenseLayer* layer = nullptr;
    const Policy* policy = nullptr;
    CentredParameter weight, bias;
    CentredTensors
        step;  ///< what a step of a whole batch works in; its views of samples and anchor are set for each loop
};

/// All tensors of a bit-centred network at the accelerator.
struct CentredNetwork {
    std::vector<CentredLayer> layers;
    AnchorValues anchor_values;  ///< `kept` rows
    CentredLoss loss;
    Tensor samples, labels, metrics;  ///< of metrics a row a batch

    struct Size {
        std::uint64_t samples = 0, batch = 0, kept = 0;
    };
    CentredNetwork(const Network& network, const std::vector<Policy>& policies, const Size& size, Executor& executor);

    /// The passes of a step over rows of samples, labels and anchor values from `first_row` and `first_kept` on; with
    /// `selected` the first of them, and a loop's other selections the blocks behind it.
    std::vector<CentredPass> passes(double step_unit, std::uint64_t first_row, std::uint64_t first_kept,
                                    bool selected) const;
    CentredLoss loss_of(std::uint64_t first_row, bool selected, double factor) const;

private:
    Tensor rows(const Tensor& tensor, std::uint64_t first, bool selected) const;
    std::uint64_t batch_;
};

}  // namespace ulpsim::workloads
