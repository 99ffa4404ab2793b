// Package stripemock holds the payment provider and the test gateway against Stripe's own description of its API, by
// stripe-mock, which embeds it and works offline. It receives what the provider sends and judges what the gateway
// answers. It is a module of its own, so that stripe-mock's dependencies stay out of the mart's.
package stripemock
