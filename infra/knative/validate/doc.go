// Package validate holds the manifests against Knative's own types and against what those leave unchecked.
//
// Problems decodes each YAML document strictly into the type that the cluster would, fills in its defaults and validates it, and
// then applies rules of our own: how a KafkaSource delivers, what a pod may do, that nothing refers to what is not there. It is
// a module of its own, for Knative's types are nine hundred packages.
package validate
