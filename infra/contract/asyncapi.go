package contract

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

type object = map[string]any

const messagesAbout = `Commands ask db for a change, events say what happened, queries ask db for data. Every message is a CloudEvent in binary
mode and carries a seal; what is personal in it is encrypted. Delivery is at least once and in no order: tell repetitions by id and
order by version.`

// AsyncAPI is every message of the mart as one AsyncAPI 3.0 document: a channel per topic, and one for the queries that db answers
// over HTTP. Payloads refer to the schema files beside it.
func AsyncAPI() map[string]any {
	return object{
		"asyncapi": "3.0.0",
		"info": object{
			"title": "Mart messages", "version": "1", "description": flow(messagesAbout),
			"license": object{"name": "Apache-2.0"},
		},
		"defaultContentType": "application/json",
		"servers": object{
			"kafka": object{"host": "kafka:9092", "protocol": "kafka", "description": "Set by KAFKA_BROKERS."},
			"db":    object{"host": "db.mart.svc.cluster.local", "protocol": "http", "description": "The db function; set by DB_URL."},
		},
		"channels":   channels(),
		"operations": operations(),
		"components": object{"messages": messages(), "messageTraits": object{"cloudEvent": cloudEventTrait()}},
	}
}

const (
	queryChannel  = "db.queries"
	answerChannel = "db.answers"
)

func channels() object {
	all := object{}
	for _, d := range events.All() {
		if d.Topic() != "" {
			addToChannel(all, d.Topic(), d.Type(), object{
				"address": d.Topic(), "servers": []any{ref("#/servers/kafka")}, "bindings": object{"kafka": object{"topic": d.Topic()}},
			})
			continue
		}
		addToChannel(all, queryChannel, d.Type(), object{
			"address": "/", "servers": []any{ref("#/servers/db")}, "description": "A sealed POST.",
		})
		addToChannel(all, answerChannel, answerOf(d), object{
			"address": nil, "servers": []any{ref("#/servers/db")}, "description": "The body of the answer to that POST.",
		})
	}
	all[events.DeadLetterTopic] = object{
		"address": events.DeadLetterTopic, "servers": []any{ref("#/servers/kafka")},
		"description": "What could never be processed, as it came, with the reason in knativeerrordata and who failed in receiver; and marks of what was sent again.",
	}
	for _, f := range events.Functions() {
		if topic := events.ReplayTopic(f); slices.Contains(events.Topics(), topic) {
			all[topic] = object{
				"address": topic, "servers": []any{ref("#/servers/kafka")},
				"description": "What " + string(f) + " could not take, sent again to it alone: any message that is for it.",
			}
		}
	}
	return all
}

func addToChannel(all object, name, message string, fresh object) {
	channel, ok := all[name].(object)
	if !ok {
		channel = fresh
		channel["messages"] = object{}
		all[name] = channel
	}
	channel["messages"].(object)[message] = ref("#/components/messages/" + message)
}

// operations says who sends and who receives what, one operation per function and topic; and who asks what.
func operations() object {
	all := object{}
	for _, d := range events.All() {
		details := d.Declaration()
		if details.Kind == events.QueryKind {
			for _, f := range details.Producers {
				all[string(f)+".asks."+details.String()] = question(d)
			}
			continue
		}
		for _, f := range details.Producers {
			addOperation(all, f, "send", d)
		}
		for _, f := range details.Consumers {
			addOperation(all, f, "receive", d)
		}
	}
	return all
}

func question(d events.Declared) object {
	return object{
		"action": "send", "channel": ref("#/channels/" + queryChannel), "messages": []any{ref("#/channels/" + queryChannel + "/messages/" + d.Type())},
		"reply": object{"channel": ref("#/channels/" + answerChannel), "messages": []any{ref("#/channels/" + answerChannel + "/messages/" + answerOf(d))}},
	}
}

func addOperation(all object, f events.Function, action string, d events.Declared) {
	name := string(f) + "." + action + "s." + d.Topic()
	operation, ok := all[name].(object)
	if !ok {
		operation = object{"action": action, "channel": ref("#/channels/" + d.Topic()), "messages": []any{}}
		all[name] = operation
	}
	operation["messages"] = append(operation["messages"].([]any), ref("#/channels/"+d.Topic()+"/messages/"+d.Type()))
}

func messages() object {
	all := object{}
	for _, d := range events.All() {
		details := d.Declaration()
		all[d.Type()] = object{
			"name": d.Type(), "title": details.String(), "summary": events.About(d), "description": summary(details), "contentType": "application/json",
			"traits": []any{ref("#/components/messageTraits/cloudEvent")}, "payload": payload(d.Type()),
		}
		if details.Answer != nil {
			all[answerOf(d)] = object{
				"name": answerOf(d), "title": "Answer to " + details.String(), "contentType": "application/json", "payload": payload(answerOf(d)),
			}
		}
	}
	return all
}

func summary(d events.Details) string {
	s := map[events.Kind]string{events.Command: "A command", events.Event: "An event", events.QueryKind: "A query"}[d.Kind] + " from" + names(d.Producers)
	if len(d.Consumers) > 0 {
		s += " to" + names(d.Consumers)
	}
	if d.Needs != "" {
		s += "; its asker needs " + string(d.Needs)
	}
	return s + "."
}

func names(functions []events.Function) string {
	text := ""
	for i, f := range functions {
		if i > 0 {
			text += ","
		}
		text += " " + string(f)
	}
	return text
}

func answerOf(d events.Declared) string { return d.Type() + ".answer" }

func payload(name string) object {
	return object{"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": ref("./" + name + ".json")}
}

func ref(to string) object { return object{"$ref": to} }
