// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace bpfmap::http {

// What the page at / shows: text as it is, not HTML.
struct StatusPage {
  struct Program {
    std::string name;
    std::string section;
    std::string state;  // "attached", or what is wrong
  };
  struct Map {
    std::string name;
    std::string type;
    std::string reader;
    std::string entries;    // "17 of 1024"
    std::string last_walk;  // "0.4 ms, 2 s ago", or what is wrong
  };
  struct Object {
    std::string config;
    std::string source;  // the configuration's file
    std::string object;
    std::vector<Program> programs;
    std::vector<Map> maps;
  };
  struct Link {
    std::string path;
    std::string text;
  };

  std::string version;
  std::vector<Link> links;
  std::vector<std::string> notes;  // what is not as it should be, a sentence each
  std::vector<Object> objects;
};

// A plain HTML document, without scripts and without anything from elsewhere. Text is escaped.
std::string render_status_page(const StatusPage& page);

}  // namespace bpfmap::http
