# Writes page_parts.cpp: the files of this folder and Chart.js as literals.
#   cmake -D OUT=page_parts.cpp -D CHART=chart.min.js -P embed.cmake
set(scripts numbers palette elements charts run_parts health_section run_page crossover comparison_page sweep_charts sweep_page start)

function(literal variable)
  set(text "")
  foreach(file ${ARGN})
    file(READ "${file}" one)
    string(APPEND text "${one}")
  endforeach()
  # A raw literal ends where its delimiter stands, so no file may hold it.
  string(FIND "${text}" ")embedded\"" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "${ARGN}: holds the delimiter of the literal")
  endif()
  set(${variable} "R\"embedded(${text})embedded\"" PARENT_SCOPE)
endfunction()

set(files "")
foreach(script ${scripts})
  list(APPEND files "${CMAKE_CURRENT_LIST_DIR}/${script}.js")
endforeach()
literal(frame "${CMAKE_CURRENT_LIST_DIR}/page.html")
literal(style "${CMAKE_CURRENT_LIST_DIR}/style.css")
literal(script ${files})
literal(chart "${CHART}")
file(WRITE "${OUT}" "#include \"scenarios/program/report/page_parts.hpp\"

namespace ulpsim::program {

const PageParts& page_parts() {
    static const PageParts parts{${frame}, ${style}, ${chart}, ${script}};
    return parts;
}

}  // namespace ulpsim::program
")
