#include "models/arithmetic/parallel_for.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace ulpsim::arithmetic {
namespace {

using Body = std::function<void(std::uint64_t, std::uint64_t)>;

/// Waking a thread that sleeps takes as long as a small product, and the next loop mostly comes at once: wait awake for a
/// while. Yielding leaves the core to who has work for it.
template <class Condition>
void wait_awake(const Condition& condition) {
    const auto enough = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    while (!condition() && std::chrono::steady_clock::now() < enough) std::this_thread::yield();
}

/// Threads that wait for work. They live from their first use to the end of the program: starting a thread takes as
/// long as a whole small product.
class Crew {
public:
    Crew() = default;
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        start_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    /// Calls part(1) .. part(parts - 1) on the crew and part(0) on the caller.
    void run(unsigned parts, const std::function<void(unsigned)>& part) {
        {
            const std::lock_guard lock(mutex_);
            while (threads_.size() + 1 < parts)
                threads_.emplace_back([this, index = threads_.size() + 1] { work(index); });
            part_ = &part;
            parts_ = parts;
            running_ = parts - 1;
            ++round_;
        }
        start_.notify_all();
        part(0);
        wait_awake([this] { return running_ == 0; });
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return running_ == 0; });
        part_ = nullptr;
    }

private:
    void work(std::size_t index) {
        std::uint64_t seen = 0;
        for (;;) {
            wait_awake([&] { return ending_ || round_ != seen; });
            std::unique_lock lock(mutex_);
            start_.wait(lock, [&] { return ending_ || (round_ != seen && part_ != nullptr); });
            if (ending_) return;
            seen = round_;
            if (index >= parts_) continue;
            const auto* part = part_;
            lock.unlock();
            (*part)(static_cast<unsigned>(index));
            lock.lock();  // running_ reaches 0 either before the caller sleeps or while it can be woken
            if (--running_ == 0) done_.notify_one();
        }
    }

    std::mutex mutex_;
    std::condition_variable start_, done_;
    std::vector<std::thread> threads_;
    const std::function<void(unsigned)>* part_ = nullptr;
    unsigned parts_ = 0;
    // Written under the mutex; read without it by who waits awake.
    std::atomic<unsigned> running_ = 0;
    std::atomic<std::uint64_t> round_ = 0;
    std::atomic<bool> ending_ = false;
};

}  // namespace

void parallel_for(std::uint64_t count, std::uint64_t granule, unsigned threads, const Body& body) {
    if (count == 0) return;
    granule = std::max<std::uint64_t>(granule, 1);
    const std::uint64_t granules = (count + granule - 1) / granule;
    const auto parts = static_cast<unsigned>(std::min<std::uint64_t>(std::max(threads, 1u), granules));

    // One loop at a time has the crew; a loop inside a loop, or a second caller, runs on its own thread alone.
    static std::mutex crew_is_busy;
    static Crew crew;
    thread_local bool inside = false;
    std::unique_lock<std::mutex> claim;
    if (parts > 1 && !inside) claim = std::unique_lock(crew_is_busy, std::try_to_lock);
    if (!claim.owns_lock()) {
        body(0, count);
        return;
    }

    std::vector<std::exception_ptr> errors(parts);
    crew.run(parts, [&](unsigned part) {
        const std::uint64_t first = granules * part / parts * granule;
        const std::uint64_t last = std::min(count, granules * (part + 1) / parts * granule);
        inside = true;
        try {
            body(first, last);
        } catch (...) {
            errors[part] = std::current_exception();
        }
        inside = false;
    });
    for (const auto& error : errors)
        if (error) std::rethrow_exception(error);
}

}  // namespace ulpsim::arithmetic
