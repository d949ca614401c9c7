#include "daemon/fit/page.h"

#include "daemon/fit/chart.h"
#include "daemon/fit/html.h"
#include "daemon/fit/page_parts.h"

namespace fusiond::fit {

std::string page_of(const History& history, const Estimates& estimates, const Versions& versions) {
  std::string body =
      "<p class=\"soft\">" + escaped(versions.given) + " → " + escaped(versions.fitted) + "</p>\n";
  body += summary_section(history, estimates);
  body += held_out_section(estimates);
  body += delay_section(estimates);
  body += stand_off_section(history, estimates);
  body += rings_section(history, estimates);
  body += background_section(estimates);
  body += kinds_section(history, estimates);
  return document("Fit " + versions.fitted,
                  "Association fitted to " + estimates.from + " … " + estimates.until, body);
}

}  // namespace fusiond::fit
