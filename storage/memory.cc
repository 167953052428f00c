#include "storage/memory.h"

#include "storage/mapped_file.h"
#include "storage/view.h"

namespace kamili::storage {

Status ForgetPages(Txn& txn) {
    const int code = sqlite3_db_release_memory(txn.connection().handle());
    if (code != SQLITE_OK) return txn.connection().LastError(code);
    if (const MappedFile* mapped = txn.secrets().mapped()) mapped->Forget();
    return {};
}

}  // namespace kamili::storage
