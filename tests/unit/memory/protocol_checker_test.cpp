// The protocol checker finds each rule that an initiator or a target breaks, and nothing else.
#include "tests/support/protocol_checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/script_initiator.hpp"

namespace ulpsim::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Payload = tlm::tlm_generic_payload;

/// A target that does as the test says.
class ScriptTarget : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<ScriptTarget, 128> target{"target"};
    std::function<void(Payload&, sc_core::sc_time&)> serve = [](Payload& payload, sc_core::sc_time& delay) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        delay += sc_core::sc_time(1, sc_core::SC_NS);
    };
    std::function<unsigned(Payload&)> serve_debug = [](Payload& payload) { return payload.get_data_length(); };

    explicit ScriptTarget(const sc_core::sc_module_name& name) : sc_module(name) {
        target.register_b_transport(this, &ScriptTarget::b_transport);
        target.register_transport_dbg(this, &ScriptTarget::transport_dbg);
    }

private:
    void b_transport(Payload& payload, sc_core::sc_time& delay) { serve(payload, delay); }
    unsigned transport_dbg(Payload& payload) { return serve_debug(payload); }
};

class ProtocolCheckerTest : public ::testing::Test {
protected:
    ProtocolCheckerTest() {
        master.initiator.bind(checker.target);
        checker.initiator.bind(slave.target);
    }
    /// A transaction that the initiator spoils before the call.
    void send(const std::function<void(Payload&)>& spoil) {
        master.set_script([this, spoil] {
            models::Transaction transaction(command, 0, data.data(), 16, {});
            spoil(transaction.payload());
            sc_core::sc_time delay = sc_core::sc_time(10, sc_core::SC_NS);
            master.initiator->b_transport(transaction.payload(), delay);
        });
        sc_core::sc_start();
    }
    /// A transaction that the target spoils, and answers.
    void serve(const std::function<void(Payload&, sc_core::sc_time&)>& spoil) {
        slave.serve = [spoil](Payload& payload, sc_core::sc_time& delay) {
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            spoil(payload, delay);
        };
        send([](Payload&) {});
    }
    void expect_one(const char* text) const { EXPECT_THAT(checker.violations(), ElementsAre(HasSubstr(text))); }

    tlm::tlm_command command = tlm::TLM_WRITE_COMMAND;
    std::vector<std::uint8_t> data = std::vector<std::uint8_t>(16, 1);
    unsigned char enables[1] = {0xff};
    ScriptInitiator master{"master"};
    ProtocolChecker checker{"checker"};
    ScriptTarget slave{"slave"};
};

TEST_F(ProtocolCheckerTest, AcceptsAGoodTransaction) {
    send([](Payload&) {});
    EXPECT_THAT(checker.violations(), IsEmpty());
    EXPECT_EQ(checker.transactions(), 1U);
}
TEST_F(ProtocolCheckerTest, AcceptsAnInterconnectThatChangesTheAddress) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.set_address(4); });
    EXPECT_THAT(checker.violations(), IsEmpty());
}
TEST_F(ProtocolCheckerTest, AcceptsATargetThatFillsARead) {
    command = tlm::TLM_READ_COMMAND;
    serve([](Payload& payload, sc_core::sc_time&) { payload.get_data_ptr()[3] = 9; });
    EXPECT_THAT(checker.violations(), IsEmpty());
}
TEST_F(ProtocolCheckerTest, FindsANullDataPointer) {
    send([](Payload& payload) { payload.set_data_ptr(nullptr); });
    expect_one("data pointer");
}
TEST_F(ProtocolCheckerTest, FindsAnEmptyTransaction) {
    send([](Payload& payload) { payload.set_data_length(0); });
    expect_one("data length is 0");
}
TEST_F(ProtocolCheckerTest, FindsAStreamingWidthOfZero) {
    send([](Payload& payload) { payload.set_streaming_width(0); });
    expect_one("14.15");
}
TEST_F(ProtocolCheckerTest, FindsByteEnablesWithoutALength) {
    send([this](Payload& payload) { payload.set_byte_enable_ptr(enables); });
    expect_one("14.14");
}
TEST_F(ProtocolCheckerTest, FindsDmiAllowedAtTheStart) {
    send([](Payload& payload) { payload.set_dmi_allowed(true); });
    expect_one("14.16");
}
TEST_F(ProtocolCheckerTest, FindsAStaleResponse) {
    send([](Payload& payload) { payload.set_response_status(tlm::TLM_OK_RESPONSE); });
    expect_one("14.17");
}
TEST_F(ProtocolCheckerTest, FindsAnotherOption) {
    send([](Payload& payload) { payload.set_gp_option(tlm::TLM_FULL_PAYLOAD); });
    expect_one("14.8");
}
TEST_F(ProtocolCheckerTest, FindsAMissingResponse) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); });
    expect_one("response status was not set");
}
TEST_F(ProtocolCheckerTest, FindsADelayThatDecreases) {
    serve([](Payload&, sc_core::sc_time& delay) { delay = sc_core::sc_time(9, sc_core::SC_NS); });
    expect_one("delay decreased");
}
TEST_F(ProtocolCheckerTest, AcceptsATargetThatWaitsInsteadOfAnnotating) {
    serve([](Payload&, sc_core::sc_time& delay) {
        sc_core::wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    });
    EXPECT_THAT(checker.violations(), IsEmpty());
}
TEST_F(ProtocolCheckerTest, FindsAChangedCommand) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.set_read(); });
    expect_one("command was changed");
}
TEST_F(ProtocolCheckerTest, FindsAChangedDataPointer) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.set_data_ptr(payload.get_data_ptr() + 1); });
    expect_one("data pointer was changed");
}
TEST_F(ProtocolCheckerTest, FindsAChangedLength) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.set_data_length(8); });
    expect_one("data length was changed");
}
TEST_F(ProtocolCheckerTest, FindsAChangedStreamingWidth) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.set_streaming_width(8); });
    expect_one("streaming width was changed");
}
TEST_F(ProtocolCheckerTest, FindsChangedByteEnables) {
    serve([this](Payload& payload, sc_core::sc_time&) { payload.set_byte_enable_ptr(enables); });
    expect_one("byte enables were changed");
}
TEST_F(ProtocolCheckerTest, FindsChangedDataOfAWrite) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.get_data_ptr()[3] = 9; });
    expect_one("data of a write");
}
TEST_F(ProtocolCheckerTest, FindsAChangedAccess) {
    serve([](Payload& payload, sc_core::sc_time&) { payload.get_extension<models::Access>()->max_outstanding = 7; });
    expect_one("Access extension was changed");
}
TEST_F(ProtocolCheckerTest, FindsAnAccessTakenAway) {
    models::Access* taken = nullptr;
    serve([&](Payload& payload, sc_core::sc_time&) {
        taken = payload.get_extension<models::Access>();
        payload.clear_extension(taken);
    });
    expect_one("set or cleared");
}
TEST_F(ProtocolCheckerTest, DoesNotLookAtBytesThatDoNotMove) {
    master.set_script([this] {
        models::Access off;
        off.values = false;
        models::Transaction transaction(tlm::TLM_WRITE_COMMAND, 0, data.data(), 1 << 30, off);
        sc_core::sc_time delay;
        master.initiator->b_transport(transaction.payload(), delay);
    });
    sc_core::sc_start();
    EXPECT_THAT(checker.violations(), IsEmpty());
}
TEST_F(ProtocolCheckerTest, FindsABlockingCallFromAMethod) {
    struct Method : sc_core::sc_module {
        std::function<void()> call;
        explicit Method(const sc_core::sc_module_name& name) : sc_module(name) {
            SC_HAS_PROCESS(Method);
            SC_METHOD(run);
        }
        void run() { call(); }
    } method("method");
    method.call = [this] {
        models::Transaction transaction(tlm::TLM_WRITE_COMMAND, 0, data.data(), 16, {});
        sc_core::sc_time delay;
        master.initiator->b_transport(transaction.payload(), delay);
    };
    sc_core::sc_start();
    expect_one("11.1.1.4");
}
TEST_F(ProtocolCheckerTest, FindsADebugThatMovesTooMuch) {
    slave.serve_debug = [](Payload&) { return 17U; };
    master.set_script([this] { master.debug(tlm::TLM_READ_COMMAND, 0, data); });
    sc_core::sc_start();
    expect_one("11.3.4: debug moved more");
}
TEST_F(ProtocolCheckerTest, FindsADebugThatTakesTime) {
    slave.serve_debug = [](Payload&) {
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_NS));
        return 16U;
    };
    master.set_script([this] { master.debug(tlm::TLM_READ_COMMAND, 0, data); });
    sc_core::sc_start();
    expect_one("11.3.4: debug took time");
}

}  // namespace
}  // namespace ulpsim::tests
