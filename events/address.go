package events

// AddressState is one entry of a customer's address book.
type AddressState struct {
	Meta
	CustomerID string `json:"customerId"`
	PostalAddress
}

// AddressFilter asks for a page of a customer's address book.
type AddressFilter struct {
	Paging
	CustomerID string `json:"customerId"`
}

// The messages about address books. The asker is the owner.
var (
	CreateAddress = Message[PostalAddress]{Kind: Command, Noun: "address", Verb: "create", Producers: by(Customer), Consumers: to(DB), Needs: Shop}
	UpdateAddress = Message[Change[PostalAddress]]{Kind: Command, Noun: "address", Verb: "update", Producers: by(Customer), Consumers: to(DB), Needs: Shop}
	DeleteAddress = Message[Deletion]{Kind: Command, Noun: "address", Verb: "delete", Producers: by(Customer), Consumers: to(DB), Needs: Shop}

	AddressCreated = Message[AddressState]{Kind: Event, Noun: "address", Verb: "created", Producers: by(DB)}
	AddressUpdated = Message[AddressState]{Kind: Event, Noun: "address", Verb: "updated", Producers: by(DB)}
	AddressDeleted = Message[AddressState]{Kind: Event, Noun: "address", Verb: "deleted", Producers: by(DB)}

	GetAddress    = Query[OwnedLookup, AddressState]{Noun: "address", Verb: "get", Producers: by(Customer)}
	ListAddresses = Query[AddressFilter, Page[AddressState]]{Noun: "address", Verb: "list", Producers: by(Customer)}
)

var addressMessages = []Declared{
	CreateAddress, UpdateAddress, DeleteAddress, AddressCreated, AddressUpdated, AddressDeleted, GetAddress, ListAddresses,
}
