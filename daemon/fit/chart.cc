#include "daemon/fit/chart.h"

#include <algorithm>
#include <cmath>

#include "daemon/fit/constants.h"

namespace fusiond::fit {
namespace {

constexpr double kWidth = 330;
constexpr double kHeight = 190;
constexpr double kLeft = 44;
constexpr double kRight = 8;
constexpr double kTop = 8;
constexpr double kBottom = 34;

// From data to places on the drawing.
struct Frame {
  double x0 = 0, x1 = 1, y0 = 0, y1 = 1;
  [[nodiscard]] double x(double value) const {
    return kLeft + (value - x0) / (x1 - x0) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double value) const {
    return kHeight - kBottom - (value - y0) / (y1 - y0) * (kHeight - kTop - kBottom);
  }
};

std::string at(double value) {
  return number(value, 1);
}

std::string line(double x1, double y1, double x2, double y2, const std::string& kind) {
  return "<line class=\"" + kind + "\" x1=\"" + at(x1) + "\" y1=\"" + at(y1) + "\" x2=\"" + at(x2) +
         "\" y2=\"" + at(y2) + "\"/>";
}

std::string text(double x, double y, const std::string& anchor, const std::string& words) {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(words) + "</text>";
}

// A step of 1, 2 or 5 times a power of ten that makes about four ticks.
double tick_step(double range) {
  const double raw = std::max(range, 1e-12) / 4;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power) {
      return factor * power;
    }
  }
  return 10 * power;
}

int decimals_for(double step) {
  return std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
}

std::string axes(const Frame& frame, const std::string& name) {
  std::string out;
  const double step_y = tick_step(frame.y1 - frame.y0);
  for (double v = std::ceil(frame.y0 / step_y) * step_y; v <= frame.y1 + 1e-9; v += step_y) {
    out += line(kLeft, frame.y(v), kWidth - kRight, frame.y(v), "grid");
    out += text(kLeft - 4, frame.y(v) + 3, "end", number(v + 0.0, decimals_for(step_y)));
  }
  const double step_x = tick_step(frame.x1 - frame.x0);
  for (double v = std::ceil(frame.x0 / step_x) * step_x; v <= frame.x1 + 1e-9; v += step_x) {
    out += line(frame.x(v), kHeight - kBottom, frame.x(v), kHeight - kBottom + 4, "axis");
    out += text(frame.x(v), kHeight - kBottom + 14, "middle", number(v, decimals_for(step_x)));
  }
  const double zero = frame.y(std::clamp(0.0, frame.y0, frame.y1));
  out += line(kLeft, zero, kWidth - kRight, zero, "axis");
  return out + text((kLeft + kWidth - kRight) / 2, kHeight - 4, "middle", name);
}

std::string wrapped(const std::string& title, const std::string& inside) {
  return "<svg viewBox=\"0 0 " + number(kWidth, 0) + " " + number(kHeight, 0) +
         "\" role=\"img\"><title>" + escaped(title) + "</title>" + inside + "</svg>";
}

std::string polyline(const std::vector<std::pair<double, double>>& points,
                     const std::string& kind) {
  std::string out = "<polyline class=\"" + kind + "\" points=\"";
  for (const auto& [x, y] : points) {
    out += at(x) + "," + at(y) + " ";
  }
  return out + "\"/>";
}

}  // namespace

std::string escaped(const std::string& words) {
  std::string out;
  for (const char c : words) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string svg_of(const BarChart& chart) {
  Frame frame;
  frame.x1 = chart.step * static_cast<double>(chart.bars.size());
  frame.y1 = 1;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    frame.y1 = std::max(frame.y1, chart.bars[i] + chart.errors[i]);
    frame.y0 = std::min(frame.y0, chart.bars[i]);
    for (const Curve& curve : chart.curves) {
      frame.y1 = std::max(frame.y1, curve.values[i]);
    }
  }
  std::string out = axes(frame, chart.axis);
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double left = frame.x(static_cast<double>(i) * chart.step);
    const double right = frame.x(static_cast<double>(i + 1) * chart.step);
    const double top = frame.y(std::max(chart.bars[i], 0.0));
    const double base = frame.y(std::min(chart.bars[i], 0.0));
    out += "<rect class=\"bar\" x=\"" + at(left + 0.5) + "\" y=\"" + at(top) + "\" width=\"" +
           at(right - left - 1) + "\" height=\"" + at(base - top) + "\"/>";
    const double middle = (left + right) / 2;
    out += line(middle, frame.y(chart.bars[i] - chart.errors[i]), middle,
                frame.y(chart.bars[i] + chart.errors[i]), "whisker");
  }
  for (const Curve& curve : chart.curves) {
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < curve.values.size(); ++i) {
      points.emplace_back(frame.x((static_cast<double>(i) + 0.5) * chart.step),
                          frame.y(curve.values[i]));
    }
    out += polyline(points, curve.dashed ? "given" : "fitted");
  }
  return wrapped(chart.title, out);
}

std::string svg_of(const LineChart& chart) {
  Frame frame;
  frame.x1 = std::max<double>(static_cast<double>(chart.values.size()) - 1, 1);
  const auto [low, high] = std::minmax_element(chart.values.begin(), chart.values.end());
  frame.y0 = *low;
  frame.y1 = std::max(*high, *low + 1e-6);
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    points.emplace_back(frame.x(static_cast<double>(i)), frame.y(chart.values[i]));
  }
  return wrapped(chart.title, axes(frame, chart.axis) + polyline(points, "fitted"));
}

std::string svg_of(const ReliabilityChart& chart) {
  const Frame frame;
  std::string out = axes(frame, chart.axis);
  out += line(frame.x(0), frame.y(0), frame.x(1), frame.y(1), "given");
  const auto draw = [&](const std::vector<ReliabilityChart::Point>& points, bool fitted) {
    std::vector<std::pair<double, double>> joined;
    for (const auto& point : points) {
      const double x = frame.x(point.said);
      const auto bounded = [&](double value) { return frame.y(std::clamp(value, 0.0, 1.0)); };
      joined.emplace_back(x, bounded(point.was));
      out +=
          line(x, bounded(point.was - point.error), x, bounded(point.was + point.error), "whisker");
      out += "<circle class=\"" + std::string(fitted ? "dot" : "ring") + "\" cx=\"" + at(x) +
             "\" cy=\"" + at(bounded(point.was)) + "\" r=\"3\"/>";
    }
    out += polyline(joined, fitted ? "fitted" : "thin");
  };
  draw(chart.given, false);
  draw(chart.fitted, true);
  return wrapped(chart.title, out);
}

}  // namespace fusiond::fit
