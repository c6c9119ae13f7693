# SPDX-License-Identifier: MIT
"""Every request in order, for tests to read. Entries open on arrival and close with a result."""

import json
import threading


class Log:
    def __init__(self, path=None):
        self.changed = threading.Condition()
        self.entries = []
        self.file = open(path, "a", buffering=1) if path else None

    def open(self, entry):
        with self.changed:
            entry["index"] = len(self.entries)
            entry["done"] = False
            self.entries.append(entry)
            self.changed.notify_all()
        return entry

    def close(self, entry, **facts):
        with self.changed:
            entry.update(facts)
            entry["done"] = True
            if self.file:
                self.file.write(json.dumps(entry, ensure_ascii=True) + "\n")
            self.changed.notify_all()

    def read(self, since=0, wait=0.0, count=1, done=False):
        """Entries from index since on. With wait, first until count of them are there."""
        def there():
            new = self.entries[since:]
            return len([e for e in new if e["done"]] if done else new) >= count
        with self.changed:
            if wait > 0:
                self.changed.wait_for(there, timeout=wait)
            return [dict(e) for e in self.entries[since:]]

    def clear(self):
        with self.changed:
            self.entries.clear()
