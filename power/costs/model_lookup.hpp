#pragma once
#include <map>
#include <string>

#include "models/arithmetic/error.hpp"

namespace ulpsim::power {

/// The model of that name, or Error "SECTION is NAME; allowed: those that the technology has".
template <class Model>
const Model& find_model(const std::map<std::string, Model>& models, const std::string& section,
                        const std::string& name) {
    if (const auto found = models.find(name); found != models.end()) return found->second;
    std::string allowed;
    for (const auto& [known, model] : models) allowed += (allowed.empty() ? "" : ", ") + known;
    throw Error(section + " is " + name + "; allowed in this technology: " + (allowed.empty() ? "none" : allowed));
}

}  // namespace ulpsim::power
