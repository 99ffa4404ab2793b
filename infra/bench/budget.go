package bench

// Budget is the most that one purchase may take of each kind. It stands here alone, and has no clock: whoever makes a purchase take less writes
// the new figure here, and nobody makes it take more.
var Budget = Counts{
	Requests:   20, // the customer's two and the provider's one, at the gateway and behind it; deliveries and questions
	Questions:  2,
	Deliveries: 12, // seven to db; each of the others wakes its function
	Commands:   7,
	Records:    16,
	Statements: 77, // of which seven at most say that results are published: a slow machine says it of each command for itself
	RoundTrips: 27,
}
