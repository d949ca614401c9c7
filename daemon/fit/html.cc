#include "daemon/fit/html.h"

#include "daemon/fit/chart.h"

namespace fusiond::fit {
namespace {

constexpr const char* kStyle = R"(
:root{--ink:#1b1f24;--soft:#5b6570;--line:#d5dae0;--fit:#0b6e8f;--was:#8a5a00;--paper:#fff;--bar:#c9d6de}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a2abb4;--line:#3a424b;--fit:#5cc3e6;--was:#e0a84a;--paper:#14181c;--bar:#37464f}}
@media print{:root{--ink:#000;--soft:#333;--line:#bbb;--fit:#004d66;--was:#7a4b00;--paper:#fff;--bar:#ccd}section,figure,tr{break-inside:avoid}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:1.5rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2rem 0 .4rem;border-top:1px solid var(--line);padding-top:1rem}p{max-width:75ch;margin:.4rem 0}
.soft{color:var(--soft)}table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--line)}th:first-child,td:first-child,td.words{text-align:left}thead th{color:var(--soft);font-weight:600}
td.kept{color:var(--soft)}td.new{font-weight:600}.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:.8rem}
figure{margin:0;border:1px solid var(--line);border-radius:6px;padding:.5rem}figcaption{font-size:.85rem}svg{width:100%;height:auto;display:block}
svg text{font-size:9px;fill:var(--soft)}.axis{stroke:var(--soft)}.grid{stroke:var(--line);stroke-width:.5}.bar{fill:var(--bar)}.whisker{stroke:var(--soft);stroke-width:.7}
.fitted{fill:none;stroke:var(--fit);stroke-width:1.8}.given{fill:none;stroke:var(--was);stroke-width:1.3;stroke-dasharray:4 3}.thin{fill:none;stroke:var(--was);stroke-width:1}
.dot{fill:var(--fit)}.ring{fill:var(--paper);stroke:var(--was)}.scroll{overflow-x:auto}
)";

}  // namespace

std::string document(const std::string& title, const std::string& heading,
                     const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
         "<title>" +
         escaped(title) + "</title><style>" + kStyle + "</style></head><body>\n<h1>" +
         escaped(heading) + "</h1>\n" + body + "</body></html>\n";
}

std::string section(const std::string& title, const std::string& words, const std::string& body) {
  return "<section><h2>" + title + "</h2>\n<p>" + words + "</p>\n" + body + "</section>\n";
}

std::string cell(const std::string& text, const std::string& kind) {
  return "<td" + (kind.empty() ? "" : " class=\"" + kind + "\"") + ">" + escaped(text) + "</td>";
}

std::string head(std::initializer_list<const char*> names) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (const char* name : names) {
    out += "<th>" + std::string(name) + "</th>";
  }
  return out + "</tr></thead><tbody>\n";
}

std::string figure(const std::string& svg, const std::string& caption) {
  return "<figure>" + svg + "<figcaption>" + escaped(caption) + "</figcaption></figure>\n";
}

}  // namespace fusiond::fit
