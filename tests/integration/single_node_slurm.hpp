#pragma once
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace ulpsim::test {

/// A Slurm of one node and two CPUs on this machine, from Debian's packages, with its own ports and folder. SLURM_CONF
/// names its configuration while it lives.
class SingleNodeSlurm {
public:
    /// Why it cannot be had; empty when it can.
    static std::string obstacle() {
        if (geteuid() != 0) return "a Slurm of its own needs root";
        for (const char* program : {"/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"}) {
            if (!std::filesystem::exists(program))
                return std::string(program) + " is missing: apt-get install slurmctld slurmd slurm-client";
        }
        return "";
    }

    explicit SingleNodeSlurm(const std::filesystem::path& folder) : folder_(folder) {
        char host[256] = {};
        gethostname(host, sizeof host - 1);
        const std::string name = std::string(host).substr(0, std::string(host).find('.'));
        std::filesystem::create_directories(folder / "state");
        std::filesystem::create_directories(folder / "spool");
        const std::string here = folder.string();
        std::ofstream(folder / "slurm.conf")
            << "ClusterName=ulpsim\nSlurmctldHost=" << name << "(127.0.0.1)\n"
            << "AuthType=auth/none\nCredType=cred/none\nSlurmUser=root\nSlurmdUser=root\n"
            << "SlurmctldPort=" << free_port() << "\nSlurmdPort=" << free_port() << "\n"
            << "StateSaveLocation=" << here << "/state\nSlurmdSpoolDir=" << here << "/spool\n"
            << "SlurmctldPidFile=" << here << "/slurmctld.pid\nSlurmdPidFile=" << here << "/slurmd.pid\n"
            << "SlurmctldLogFile=" << here << "/slurmctld.log\nSlurmdLogFile=" << here << "/slurmd.log\n"
            << "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
            << "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nJobAcctGatherType=jobacct_gather/none\n"
            << "AccountingStorageType=accounting_storage/none\nReturnToService=2\n"
            << "SchedulerParameters=sched_interval=1,batch_sched_delay=0\n"
            << "NodeName=" << name << " NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n"
            << "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n";
        setenv("SLURM_CONF", (folder / "slurm.conf").c_str(), 1);
        for (const char* daemon : {"/usr/sbin/slurmctld", "/usr/sbin/slurmd"}) {
            const pid_t test = getpid(), pid = fork();
            if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGTERM);  // also when the test is killed for taking too long
                if (getppid() != test) _exit(1);
                if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
                execl(daemon, daemon, "-D", static_cast<char*>(nullptr));
                _exit(1);
            }
            daemons_.push_back(pid);
        }
    }
    ~SingleNodeSlurm() {
        for (const pid_t pid : daemons_) kill(pid, SIGTERM);
        for (const pid_t pid : daemons_) waitpid(pid, nullptr, 0);
        unsetenv("SLURM_CONF");
    }
    SingleNodeSlurm(const SingleNodeSlurm&) = delete;
    SingleNodeSlurm& operator=(const SingleNodeSlurm&) = delete;

    /// Waits until the node takes jobs; false after a minute.
    bool is_up() const {
        for (int tries = 0; tries < 300; ++tries) {
            if (std::system("sinfo -h -o %t 2>/dev/null | grep -q idle") == 0) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        return false;
    }

private:
    static int free_port() {
        const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
        close(descriptor);
        return ntohs(address.sin_port);
    }

    std::filesystem::path folder_;
    std::vector<pid_t> daemons_;
};

}  // namespace ulpsim::test
