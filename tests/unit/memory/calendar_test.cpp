#include "models/memory/calendar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace ulpsim::models {
namespace {

struct Request {
    std::uint64_t arrival, occupancy;
};

/// The definition, a time slot at a time: a request takes the first free slots from its arrival on.
class SlotModel {
public:
    std::uint64_t reserve(const Request& request) {
        std::uint64_t time = request.arrival;
        for (std::uint64_t left = request.occupancy; left > 0; ++time)
            if (taken_.insert(time).second) --left;
        return time;
    }
    std::uint64_t total() const { return taken_.size(); }
    std::uint64_t makespan() const { return *taken_.rbegin() + 1; }

private:
    std::set<std::uint64_t> taken_;
};

std::vector<Request> random_requests(std::uint32_t seed, std::uint64_t span) {
    std::mt19937 random{seed};
    std::vector<Request> requests(200);
    for (Request& request : requests) request = {random() % span, random() % 12};
    return requests;
}

TEST(Calendar, AnIdleResourceServesAtOnce) {
    Calendar calendar;
    EXPECT_EQ(calendar.reserve(100, 10), 110U);
}

TEST(Calendar, ARequestWaitsWhileAnotherIsServed) {
    Calendar calendar;
    calendar.reserve(100, 10);
    EXPECT_EQ(calendar.reserve(105, 10), 120U);
}

TEST(Calendar, AnEarlierRequestThatIsCalledLaterTakesTheGapBefore) {
    Calendar calendar;
    calendar.reserve(100, 10);
    EXPECT_EQ(calendar.reserve(50, 50), 100U);  // just fits
}

TEST(Calendar, ARequestIsSplitOverGaps) {
    Calendar calendar;
    calendar.reserve(100, 10);
    EXPECT_EQ(calendar.reserve(90, 15), 115U);  // 10 before, 5 behind
    EXPECT_EQ(calendar.reserve(90, 1), 116U);   // and nothing is left between
}

TEST(Calendar, NoOccupancyTakesNoTime) {
    Calendar calendar;
    calendar.reserve(100, 10);
    EXPECT_EQ(calendar.reserve(105, 0), 105U);
}

TEST(Calendar, EndsAgreeWithTheSlotModelOnRandomRequests) {
    for (const std::uint64_t span : {200U, 1100U, 5000U})  // overloaded, full, mostly idle
        for (std::uint32_t seed = 1; seed <= 20; ++seed) {
            Calendar calendar;
            SlotModel slots;
            for (const Request& request : random_requests(seed, span))
                ASSERT_EQ(calendar.reserve(request.arrival, request.occupancy),
                          request.occupancy == 0 ? request.arrival : slots.reserve(request))
                    << "seed " << seed << " span " << span << " arrival " << request.arrival;
        }
}

TEST(Calendar, MakespanDoesNotDependOnTheOrderOfCalls) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        std::vector<Request> requests = random_requests(seed, 1100);
        std::uint64_t expected = 0, total = 0;
        for (const Request& request : requests) total += request.occupancy;
        for (int order = 0; order < 5; ++order) {
            Calendar calendar;
            std::uint64_t makespan = 0;
            for (const Request& request : requests)
                if (request.occupancy > 0)
                    makespan = std::max(makespan, calendar.reserve(request.arrival, request.occupancy));
            if (order == 0) expected = makespan;
            EXPECT_EQ(makespan, expected) << "seed " << seed << " order " << order;
            // Nothing is lost: whoever asks for all that is free below the makespan and one more ends one behind it.
            EXPECT_EQ(calendar.reserve(0, makespan - total + 1), makespan + 1) << "seed " << seed << " order " << order;
            std::shuffle(requests.begin(), requests.end(), std::mt19937{seed * 100 + static_cast<unsigned>(order)});
        }
    }
}

TEST(Calendar, ForgettingThePastChangesNoLaterAnswer) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        Calendar kept, forgetful;
        std::mt19937 random{seed};
        std::uint64_t now = 0;
        for (int i = 0; i < 500; ++i) {
            now += random() % 9;
            const std::uint64_t arrival = now + random() % 60, occupancy = random() % 12;
            forgetful.forget_before(now);
            ASSERT_EQ(forgetful.reserve(arrival, occupancy), kept.reserve(arrival, occupancy)) << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace ulpsim::models
