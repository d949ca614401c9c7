// The pieces of a page that opens anywhere and prints: no script, no font, nothing from outside.
#pragma once

#include <initializer_list>
#include <string>

namespace fusiond::fit {

// The whole page. `title` and `heading` are words, `body` is HTML.
[[nodiscard]] std::string document(const std::string& title, const std::string& heading,
                                   const std::string& body);
// `title` and `words` are written as they are.
[[nodiscard]] std::string section(const std::string& title, const std::string& words,
                                  const std::string& body);
// A table from its head to its first row; ended by kTableEnd.
[[nodiscard]] std::string head(std::initializer_list<const char*> names);
inline constexpr const char* kTableEnd = "</tbody></table></div>\n";
// `kind`: of the style: "new", "kept", "words".
[[nodiscard]] std::string cell(const std::string& text, const std::string& kind = {});
[[nodiscard]] std::string figure(const std::string& svg, const std::string& caption);

}  // namespace fusiond::fit
