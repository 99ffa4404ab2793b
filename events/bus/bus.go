// Package bus is the wire between the functions: what they say of package events travels by it.
//
// A message is made an envelope (Stamp: its id, what led to it, its signature) and published to Kafka (Publisher). What comes by HTTP is
// received (Receiver), and db is asked (Ask); a command and the question what became of it are one call (Caller). What nobody can process
// is kept among the dead letters.
package bus
