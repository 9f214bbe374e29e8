// SPDX-License-Identifier: Apache-2.0
#include "http/status_page.h"

#include <string_view>

namespace bpfmap::http {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>bpfmap_exporter</title>
<style>
body { font-family: sans-serif; margin: 2em; max-width: 72em; color: #222; background: #fff; }
table { border-collapse: collapse; margin: 0.5em 0 1.5em; }
th, td { text-align: left; padding: 0.2em 1.2em 0.2em 0; border-bottom: 1px solid #ddd; vertical-align: top; }
code { font-family: monospace; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818; } a { color: #8bf; } th, td { border-color: #444; } }
</style>
</head>
<body>
<h1>bpfmap_exporter</h1>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string row(const char* cell, std::initializer_list<std::string_view> texts) {
  const std::string tag(cell);
  std::string html = "<tr>";
  for (const std::string_view text : texts) {
    html += "<" + tag + ">" + escaped(text) + "</" + tag + ">";
  }
  return html + "</tr>\n";
}

std::string object_section(const StatusPage::Object& object) {
  std::string html = "<h2>" + escaped(object.config) + "</h2>\n<p>Configuration <code>" +
                     escaped(object.source) + "</code>, object <code>" + escaped(object.object) +
                     "</code></p>\n";
  if (!object.programs.empty()) {
    html += "<table>\n" + row("th", {"Program", "Section", "State"});
    for (const StatusPage::Program& program : object.programs) {
      html += row("td", {program.name, program.section, program.state});
    }
    html += "</table>\n";
  }
  html += "<table>\n" + row("th", {"Map", "Type", "Reader", "Entries", "Last walk"});
  for (const StatusPage::Map& map : object.maps) {
    html += row("td", {map.name, map.type, map.reader, map.entries, map.last_walk});
  }
  return html + "</table>\n";
}

}  // namespace

std::string render_status_page(const StatusPage& page) {
  std::string html(kHead);
  html += "<p>Version " + escaped(page.version) + "</p>\n<ul>\n";
  for (const StatusPage::Link& link : page.links) {
    html += "<li><a href=\"" + escaped(link.path) + "\">" + escaped(link.text) + "</a></li>\n";
  }
  html += "</ul>\n";
  for (const std::string& note : page.notes) html += "<p>" + escaped(note) + "</p>\n";
  for (const StatusPage::Object& object : page.objects) html += object_section(object);
  return html + "</body>\n</html>\n";
}

}  // namespace bpfmap::http
