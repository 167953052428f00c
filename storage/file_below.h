#pragma once

#include <sqlite3.h>

namespace kamili::storage {

// SQLite's methods for a file that stands on another one. `File` is what SQLite allocated for it:
// it has `static File& Of(sqlite3_file*)` and a `sqlite3_file* below`.

template <typename File, auto Method, typename Answer, typename... Words>
constexpr auto PassedDown(Answer (*sqlite3_io_methods::*)(sqlite3_file*, Words...)) {
    return +[](sqlite3_file* file, Words... words) -> Answer {
        sqlite3_file* below = File::Of(file).below;
        return (below->pMethods->*Method)(below, words...);
    };
}

// Every method handed to the file below, to be replaced where something else is wanted. Version 2:
// shared memory (for the WAL index), no mapped pages.
template <typename File>
constexpr sqlite3_io_methods MethodsOfBelow() {
    using Methods = sqlite3_io_methods;
    Methods out{};
    out.iVersion = 2;
    out.xClose = PassedDown<File, &Methods::xClose>(&Methods::xClose);
    out.xRead = PassedDown<File, &Methods::xRead>(&Methods::xRead);
    out.xWrite = PassedDown<File, &Methods::xWrite>(&Methods::xWrite);
    out.xTruncate = PassedDown<File, &Methods::xTruncate>(&Methods::xTruncate);
    out.xSync = PassedDown<File, &Methods::xSync>(&Methods::xSync);
    out.xFileSize = PassedDown<File, &Methods::xFileSize>(&Methods::xFileSize);
    out.xLock = PassedDown<File, &Methods::xLock>(&Methods::xLock);
    out.xUnlock = PassedDown<File, &Methods::xUnlock>(&Methods::xUnlock);
    out.xCheckReservedLock =
        PassedDown<File, &Methods::xCheckReservedLock>(&Methods::xCheckReservedLock);
    out.xFileControl = PassedDown<File, &Methods::xFileControl>(&Methods::xFileControl);
    out.xSectorSize = PassedDown<File, &Methods::xSectorSize>(&Methods::xSectorSize);
    out.xDeviceCharacteristics =
        PassedDown<File, &Methods::xDeviceCharacteristics>(&Methods::xDeviceCharacteristics);
    out.xShmMap = PassedDown<File, &Methods::xShmMap>(&Methods::xShmMap);
    out.xShmLock = PassedDown<File, &Methods::xShmLock>(&Methods::xShmLock);
    out.xShmBarrier = PassedDown<File, &Methods::xShmBarrier>(&Methods::xShmBarrier);
    out.xShmUnmap = PassedDown<File, &Methods::xShmUnmap>(&Methods::xShmUnmap);
    return out;
}

}  // namespace kamili::storage
