#include <csignal>

#include "scenarios/program/sweep/workers.hpp"

namespace ulpsim::program {
namespace {

class LocalWorkers final : public Workers {
public:
    LocalWorkers(unsigned jobs, unsigned threads, bool live)
        : jobs_(jobs), threads_(threads), children_(live, SIGKILL) {}

    bool has_room() const override { return children_.running() < jobs_; }
    void start(const Work& work) override {
        const auto [number, job, source] = work;
        const unsigned threads = threads_;
        children_.start(number, {job.name, [=](const std::function<void(const std::string&)>& say, bool live) {
                                     Progress progress(live ? Progress::Style::live : Progress::Style::none, say);
                                     return do_job(job, source, threads, progress);
                                 }});
    }
    std::size_t running() const override { return children_.running(); }
    void listen(const ChildPool::OnLine& on_line, const ChildPool::OnEnd& on_end) override {
        children_.listen(on_line, on_end);
    }
    void interrupt() override { children_.interrupt(); }

private:
    unsigned jobs_, threads_;
    ChildPool children_;
};

}  // namespace

std::unique_ptr<Workers> local_workers(unsigned jobs, unsigned threads, bool live) {
    return std::make_unique<LocalWorkers>(jobs, threads, live);
}

}  // namespace ulpsim::program
