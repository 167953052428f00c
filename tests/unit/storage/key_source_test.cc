// Aim: a key file only its owner can read, never overwritten, and refused when it is not one.
// Method: real files in a folder of their own.

#include "storage/key_source.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_folder.h"
#include "tests/unit/storage/files.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

TEST_CASE("a new key file is its owner's alone and gives the same key again") {
    TempFolder folder;
    SystemRandom random;
    const std::string path = folder.File("key");
    const auto key = CreateKeyFile(path, random);
    REQUIRE(key);
    struct stat found {};
    REQUIRE(stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);
    CHECK(ReadFile(path).size() == 65);
    CHECK(*ReadKeyFile(path) == *key);
    CHECK(key->size() == kMasterKeyBytes);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an existing key file is never overwritten") {
    TempFolder folder;
    SystemRandom random;
    const std::string path = folder.File("key");
    REQUIRE(CreateKeyFile(path, random));
    const std::string before = ReadFile(path);
    CHECK(!CreateKeyFile(path, random));
    CHECK(ReadFile(path) == before);
}

TEST_CASE("a key file that others may read, a link and a missing one are told apart") {
    TempFolder folder;
    SystemRandom random;
    const std::string path = folder.File("key");
    CHECK(ReadKeyFile(path).error().kind == ErrorKind::kKeyMissing);
    REQUIRE(CreateKeyFile(path, random));
    for (const mode_t mode : {0640U, 0604U, 0620U, 0666U}) {
        REQUIRE(chmod(path.c_str(), mode) == 0);
        CHECK(ReadKeyFile(path).error().kind == ErrorKind::kPermissionDenied);
        CHECK(!ReadKeyFile(path).error().hint.empty());
    }
    REQUIRE(chmod(path.c_str(), 0600) == 0);
    REQUIRE(symlink(path.c_str(), folder.File("link").c_str()) == 0);
    CHECK(ReadKeyFile(folder.File("link")).error().kind == ErrorKind::kPermissionDenied);
}

TEST_CASE("what is not a key is refused without a word of its content") {
    TempFolder folder;
    const std::string path = folder.File("key");
    const std::string digits(64, 'a');
    const std::string two_breaks = digits + "\n\n";
    const std::string no_digit = digits.substr(1) + "g";
    for (const std::string& text :
         {std::string(), digits.substr(1), std::string(64, 'A'), std::string(65, 'a'), two_breaks,
          no_digit, std::string(32, '\1')}) {
        WriteFile(path, text);
        REQUIRE(chmod(path.c_str(), 0600) == 0);
        const auto key = ReadKeyFile(path);
        REQUIRE(!key);
        CHECK(key.error().kind == ErrorKind::kKeyWrong);
        CHECK(key.error().message.find("aaaa") == std::string::npos);
    }
}

TEST_CASE("a credential is raw bytes or the text of a key file, whatever its mode") {
    TempFolder folder;
    CHECK(ReadKeyCredential(folder.path()).error().kind == ErrorKind::kKeyMissing);
    WriteFile(folder.File("kamili.key"), std::string(32, '\x41'));
    REQUIRE(chmod(folder.File("kamili.key").c_str(), 0444) == 0);
    const auto raw = ReadKeyCredential(folder.path());
    REQUIRE(raw);
    REQUIRE(chmod(folder.File("kamili.key").c_str(), 0644) == 0);
    std::string digits;
    for (int i = 0; i < 32; ++i) digits += "41";
    WriteFile(folder.File("kamili.key"), digits + "\n");
    CHECK(*ReadKeyCredential(folder.path()) == *raw);
    WriteFile(folder.File("kamili.key"), "short");
    CHECK(ReadKeyCredential(folder.path()).error().kind == ErrorKind::kKeyWrong);
}
