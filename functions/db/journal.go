package db

import (
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// journalEntry is what was decided, of whichever noun.
var journalEntry = noun{Queries: []inbox.Query{inbox.Answer(events.ListJournal, inbox.ListJournal)}}
