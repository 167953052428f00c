#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "storage/connection.h"
#include "storage/page_codec.h"
#include "storage/pending_rows.h"
#include "storage/store.h"

namespace kamili::storage {

// See storage/store.h; only this folder looks inside.
class ReadView {
  public:
    ReadView(Connection& connection, StoreSecrets& secrets)
        : connection_(connection), secrets_(secrets) {}
    ReadView(const ReadView&) = delete;
    ReadView& operator=(const ReadView&) = delete;

    Connection& connection() const { return connection_; }
    StoreSecrets& secrets() const { return secrets_; }

  private:
    Connection& connection_;
    StoreSecrets& secrets_;
};

class Txn : public ReadView {
  public:
    using ReadView::ReadView;
    // The newest journal number written here; 0 if none.
    std::int64_t last_change() const { return last_change_; }
    void set_last_change(std::int64_t number) { last_change_ = number; }
    // What the range index owes; paid before the transaction commits.
    PendingRows& pending() { return pending_; }

  private:
    std::int64_t last_change_ = 0;
    PendingRows pending_;
};

}  // namespace kamili::storage
