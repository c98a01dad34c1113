#pragma once
#include <string_view>

namespace ulpsim::program {

/// What every page is made of; the files of report/page/ and Chart.js, put into the program when it is built.
struct PageParts {
    std::string_view frame;  ///< the HTML around; {{title}}, {{style}}, {{data}}, {{chart}}, {{script}} are replaced
    std::string_view style, chart, script;
};
const PageParts& page_parts();

}  // namespace ulpsim::program
