#pragma once
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// Trains a linear model by passes over all samples alone, at the place of the full gradient: gradient descent, or, for a
/// linear regression, conjugate gradients of the normal equations with residuals kept by recurrence (Hestenes and Stiefel,
/// J. Res. NBS 49, 1952; Bjorck, Numerical Methods for Least Squares Problems, 1996, algorithm CGLS). An epoch is
/// inner_steps passes (0: one) and ends with the norm and the loss of where they led, which are measurement.
///
/// Everything is in full_gradient.format: at the host with binary32 samples; at the accelerator the samples are
/// `activations`, and `product` and `accumulator` say how its products add up. Coarse: the host works out the two step
/// lengths of conjugate gradients in binary64 from the scalars that it reads, at no cost but the reads.
Status train_by_full_passes(const TrainingConfig& config, const Network& network, const Dataset& data,
                            const Placement& placement, Executor& executor, unsigned threads, const Observer& observer);

}  // namespace ulpsim::workloads
