// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "parse_text.h"

namespace bpfmap::config {
namespace {

using testing::Contains;
using testing::IsEmpty;

struct Example {
  int line = 0;
  std::string text;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> lines_of_reference() { return lines_of(CONFIGURATION_MD); }

std::vector<Example> examples_in(const std::string& path) {
  std::vector<Example> found;
  bool inside = false;
  int number = 0;
  for (const std::string& line : lines_of(path)) {
    ++number;
    if (line.starts_with("```yaml")) {
      inside = true;
      found.push_back({number + 1, ""});
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      found.back().text += line + "\n";
    }
  }
  return found;
}

TEST(Reference, HasExamplesThatParse) {
  const std::vector<Example> all = examples_in(CONFIGURATION_MD);
  EXPECT_GT(all.size(), 20U);
  for (const Example& example : all) {
    EXPECT_THAT(parse_text(example.text).messages, IsEmpty())
        << CONFIGURATION_MD << ":" << example.line << "\n"
        << example.text;
  }
}

// What looks like a configuration, in whatever page it stands.
TEST(Documents, HaveConfigurationsThatParse) {
  const std::filesystem::path folder = std::filesystem::path(CONFIGURATION_MD).parent_path();
  int configurations = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".md") continue;
    for (const Example& example : examples_in(entry.path())) {
      const bool is_one = ("\n" + example.text).find("\nmaps:") != std::string::npos;
      if (!is_one) continue;
      ++configurations;
      std::vector<std::string> messages = parse_text(example.text).messages;
      // What `init` writes says itself that it guesses.
      std::erase_if(messages, [](const std::string& message) {
        return message.find("the scale of these buckets is a guess") != std::string::npos;
      });
      EXPECT_THAT(messages, IsEmpty()) << entry.path() << ":" << example.line << "\n"
                                       << example.text;
    }
  }
  EXPECT_GT(configurations, 30);
}

std::string heading_of(const std::string& line) {
  const std::size_t text = line.find_first_not_of('#');
  return text == 0 || text == std::string::npos ? "" : line.substr(text + 1);
}

// The messages name the keys there are; each needs a section.
std::vector<std::string> keys_of(const std::string& text) {
  const std::string message = parse_text(text).messages.at(0);
  const std::size_t begin = message.find("(one of: ") + 9;
  std::istringstream list(message.substr(begin, message.size() - begin - 1));
  std::vector<std::string> keys;
  for (std::string key; std::getline(list, key, ',');) {
    keys.push_back(key.starts_with(' ') ? key.substr(1) : key);
  }
  return keys;
}

TEST(Reference, HasASectionForEveryKey) {
  std::vector<std::string> headings;
  for (const std::string& line : lines_of_reference()) headings.push_back(heading_of(line));
  const std::string file = "builtin: x\nmaps: [{map: m, metrics: [{counter: c}]}]\n";
  const auto in_map = [](const std::string& text) {
    return "builtin: x\nmaps: [{map: m, metrics: [{counter: c}], " + text + "}]\n";
  };
  const auto in_buckets = [](const std::string& text) {
    return "builtin: x\nmaps: [{map: m, metrics: [{histogram: h, buckets: {" + text + "}}]}]\n";
  };
  int keys = 0;
  for (const std::string& text : {file + "zzzzzzzz: 1\n", file + "programs: {p: {zzzzzzzz: 1}}\n",
                                  file + "programs: {p: {attach: {zzzzzzzz: 1}}}\n",
                                  in_map("zzzzzzzz: 1"), in_buckets("zzzzzzzz: 1")}) {
    for (const std::string& key : keys_of(text)) {
      ++keys;
      if (key == "min" || key == "max") continue;  // share one
      EXPECT_THAT(headings, Contains(key)) << text;
    }
  }
  EXPECT_EQ(keys, 13 + 3 + 7 + 25 + 9);
  for (const char* key :
       {"field", "decode", "value", "offset, size, type", "counter", "gauge", "histogram", "help",
        "value of a metric", "scale", "unit", "aggregate", "bucket", "buckets", "min and max",
        "labels of a map", "interval of a map", "max_age of a map"}) {
    EXPECT_THAT(headings, Contains(key));
  }
}

// A list of keys in a message ends with "..." where it is long.
TEST(Reference, HasSectionsForWhereMapsComeFrom) {
  std::vector<std::string> headings;
  for (const std::string& line : lines_of_reference()) headings.push_back(heading_of(line));
  for (const char* key : {"map", "variable", "pinned", "loaded", "map_label", "inventory"}) {
    EXPECT_THAT(headings, Contains(key));
  }
}

// As the rendering of web pages makes them: lower case, blanks to dashes, no punctuation.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c == ' ') anchor += '-';
    if (c == '_' || c == '-' || (c >= 'a' && c <= 'z')) anchor += c;
    if (c >= 'A' && c <= 'Z') anchor += static_cast<char>(c - 'A' + 'a');
  }
  return anchor;
}

TEST(Reference, HasTheSectionsItLinksTo) {
  std::vector<std::string> anchors;
  for (const std::string& line : lines_of_reference())
    anchors.push_back(anchor_of(heading_of(line)));
  int links = 0;
  for (const std::string& line : lines_of_reference()) {
    for (std::size_t at = line.find("](#"); at != std::string::npos;
         at = line.find("](#", at + 1)) {
      const std::string target = line.substr(at + 3, line.find(')', at) - at - 3);
      EXPECT_THAT(anchors, Contains(target)) << line;
      ++links;
    }
  }
  EXPECT_GT(links, 50);
}

}  // namespace
}  // namespace bpfmap::config
