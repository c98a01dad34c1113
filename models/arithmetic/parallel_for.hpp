#pragma once
#include <cstdint>
#include <functional>

namespace ulpsim::arithmetic {

/// Calls body(first, last) on contiguous, disjoint parts of 0..count on up to `threads` threads (the caller is one) and
/// returns when all are done. Parts are multiples of `granule` but for the last. Exceptions of a body are rethrown.
/// The body must not depend on how the range is cut.
void parallel_for(std::uint64_t count, std::uint64_t granule, unsigned threads,
                  const std::function<void(std::uint64_t, std::uint64_t)>& body);

}  // namespace ulpsim::arithmetic
