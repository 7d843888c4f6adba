"""
The only writer of contacts, conversations and messages (one exception: the claim of an outbox row).

* `record_notices`   what webhooks say and what was read back, in batches; safe to repeat, in any order
* `Recording`   the same in steps, for who has something to do in between
* `record_queued`    a reply was accepted: the outbox rows
* `record_outcomes`   what became of outbox rows, many at once; `record_sent` and its like of one
* `record_preparing`, `record_prepared`   outbox rows whose files are handed in first
* `record_abandoned`, `record_expired`   outbox rows whose worker died, or that waited for too long
* `record_profile`, `record_profile_failed`   what the platform shows of a person
* `record_stored`, `record_unavailable`, `record_fetch_postponed`   what became of a file of a message
* `remove_lent_files`, `remove_old_files`, `release_uploads`   files whose time is over
* `erase_contact`   a person and all that was said; `find_erased` knows late news of them
* `forget_parked`   what waited in vain for its message; `forget_submissions` keys that were used long ago
* `tell_turns`   agents are told that it is their turn
* `mark_read`, `set_typing`, `change_conversation`   what members do; `take_over` what follows from their answers
* `record_reaction_queued`   a reaction of the business; `…_sent`, `…_failed`, `…_postponed` what became of it
* `want_read`, `want_typing`   what the contact is to be shown, and `signal_done` …, what became of it

Every change of what is said appends its feed entry in the same transaction.
"""

from backend.conversations.record.erased import Told, find_erased
from backend.conversations.record.erasure import erase_contact
from backend.conversations.record.fetched import record_fetch_postponed, record_stored, record_unavailable
from backend.conversations.record.handover import take_over
from backend.conversations.record.kept import release_uploads, remove_lent_files, remove_old_files
from backend.conversations.record.members import change_conversation, mark_read, set_typing
from backend.conversations.record.notices import Arrival, Erased, Recording, record_notices
from backend.conversations.record.outbox import (
    Author,
    Part,
    as_queued,
    record_abandoned,
    record_expired,
    record_paced,
    record_postponed,
    record_prepared,
    record_preparing,
    record_queued,
    record_refused,
    record_retried,
    record_sent,
)
from backend.conversations.record.outcomes import Outcome, Postponed, Refused, Sent, record_outcomes
from backend.conversations.record.parked import forget_parked
from backend.conversations.record.profiles import record_profile, record_profile_failed
from backend.conversations.record.reactions import (
    record_reaction_failed,
    record_reaction_postponed,
    record_reaction_queued,
    record_reaction_sent,
)
from backend.conversations.record.signals import (
    is_answered,
    note_read_shown,
    postpone_account,
    signal_done,
    signal_postponed,
    want_read,
    want_typing,
)
from backend.conversations.record.submissions import forget_submissions
from backend.conversations.record.turns import tell_turns

__all__ = [
    "Arrival",
    "Author",
    "Erased",
    "Outcome",
    "Part",
    "Postponed",
    "Recording",
    "Refused",
    "Sent",
    "Told",
    "as_queued",
    "change_conversation",
    "erase_contact",
    "find_erased",
    "forget_parked",
    "forget_submissions",
    "is_answered",
    "mark_read",
    "note_read_shown",
    "postpone_account",
    "record_abandoned",
    "record_expired",
    "record_fetch_postponed",
    "record_notices",
    "record_outcomes",
    "record_paced",
    "record_postponed",
    "record_prepared",
    "record_preparing",
    "record_profile",
    "record_profile_failed",
    "record_queued",
    "record_reaction_failed",
    "record_reaction_postponed",
    "record_reaction_queued",
    "record_reaction_sent",
    "record_refused",
    "record_retried",
    "record_sent",
    "record_stored",
    "record_unavailable",
    "release_uploads",
    "remove_lent_files",
    "remove_old_files",
    "set_typing",
    "signal_done",
    "signal_postponed",
    "take_over",
    "tell_turns",
    "want_read",
    "want_typing",
]
