package events

// Resource is a plain noun: a thing that is created, replaced, changed, deleted, read and listed, whatever its fields are. F is what is said
// of it, S the thing as it is stored, Q what a page of them is asked for by. One value declares all its messages.
type Resource[F, S, Q any] struct {
	Noun  string     // "brand"
	Path  string     // "/brands": where they are, for those outside
	By    Function   // who speaks for it
	Write Permission // what a member of staff must be allowed to do to change it
	// Read is what a member of staff must be allowed to do to read one and to list them; Anyone says in its place that everybody browses them.
	Read    Permission
	Anyone  bool
	Readers []Function // who else may ask for one
	// OnCreated, OnUpdated and OnDeleted are who reacts to these events.
	OnCreated, OnUpdated, OnDeleted []Function
	// Merges: others refer to it, and it is deleted by a merger, too, which gives them to another one.
	Merges bool
	// More is what else is said of it, each declared by itself.
	More []Declared
	// Example is what is said of number n of them: unlike that of any other, and with every personal value that there is.
	Example func(n int) F
}

// Commands are those that create, change and delete one.
func (r Resource[F, S, Q]) Commands() (create Message[F], update Message[Change[F]], remove Message[Deletion]) {
	return Message[F]{Kind: Command, Noun: r.Noun, Verb: "create", Producers: by(r.By), Consumers: to(DB), Needs: r.Write},
		Message[Change[F]]{Kind: Command, Noun: r.Noun, Verb: "update", Producers: by(r.By), Consumers: to(DB), Needs: r.Write},
		Message[Deletion]{Kind: Command, Noun: r.Noun, Verb: "delete", Producers: by(r.By), Consumers: to(DB), Needs: r.Write}
}

// Merge is the command that deletes one and gives what refers to it to another. It is a message of its own, because a db that does not know it
// must not take it for a deletion.
func (r Resource[F, S, Q]) Merge() Message[Merger] {
	return Message[Merger]{Kind: Command, Noun: r.Noun, Verb: "merge", Producers: by(r.By), Consumers: to(DB), Needs: r.Write}
}

// Events say what became of one.
func (r Resource[F, S, Q]) Events() (created, updated, deleted Message[S]) {
	event := Message[S]{Kind: Event, Noun: r.Noun, Producers: by(DB)}
	created, updated, deleted = event, event, event
	created.Verb, updated.Verb, deleted.Verb = "created", "updated", "deleted"
	created.Consumers, updated.Consumers, deleted.Consumers = r.OnCreated, r.OnUpdated, r.OnDeleted
	return created, updated, deleted
}

// Queries ask for one and for a page of them.
func (r Resource[F, S, Q]) Queries() (get Query[Lookup, S], list Query[Q, Page[S]]) {
	return Query[Lookup, S]{Noun: r.Noun, Verb: "get", Producers: append(by(r.By), r.Readers...), Needs: r.Read},
		Query[Q, Page[S]]{Noun: r.Noun, Verb: "list", Producers: by(r.By), Needs: r.Read}
}

// noun is its line in the catalogue.
func (r Resource[F, S, Q]) noun() Noun {
	create, update, remove := r.Commands()
	created, updated, deleted := r.Events()
	get, list := r.Queries()
	messages := []Declared{create, update, remove, created, updated, deleted, get, list}
	if r.Merges {
		messages = append(messages, r.Merge())
	}
	return Noun{
		Name: r.Noun, By: r.By, Path: r.Path, Each: r.Path + "/", Anyone: r.Anyone,
		Life: func(id string, n int) []Outgoing {
			return []Outgoing{
				create.New(id, r.Example(n)),
				update.New(id, Change[F]{ExpectedVersion: 1, Fields: r.Example(n)}),
				remove.New(id, Deletion{ExpectedVersion: 2}),
			}
		},
		Messages: append(messages, r.More...),
	}
}
