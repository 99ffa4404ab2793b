package contract

// headers are what every message carries besides its data, in the names that Kafka and HTTP have for them.
// Source: CloudEvents Kafka and HTTP protocol bindings.
var headers = []struct{ name, about string }{
	{"ce_specversion", "1.0"},
	{"ce_id", "With ce_source the identity of the message: the same again is the same message."},
	{"ce_source", "Who sent it: /mart/ and the function."},
	{"ce_type", "com.onlinemart.<noun>.<verb>.v1"},
	{"ce_subject", "The aggregate it is about."},
	{"ce_time", "When it was made. RFC 3339."},
	{"ce_dataschema", "Where the schema of its data is published."},
	{"ce_partitionkey", "The subject again; the Kafka key."},
	{"ce_correlationid", "The request that all of this began with."},
	{"ce_causationid", "The message that led to this one; absent where a request did."},
	{"ce_traceparent", "W3C Trace Context."},
	{"ce_authtype", "What kind of asker is behind it: user, app_user, service_account, system or unauthenticated."},
	{"ce_authid", "Which one."},
	{"ce_authsession", "The log-in by which they ask; absent but of people who ask themselves. Once it has ended the message counts as one of nobody."},
	{"ce_fingerprint", "Of what a command asks: the same id with another fingerprint is refused."},
	{"ce_seal", "keyid.base64url(HMAC-SHA256) over all of these but the trace context, ce_authsession and ce_replayof, and the data."},
	{"ce_replayof", "On an event that is sent again: its dead letter, as partition:offset."},
}

// optional are the headers a message may lack.
var optional = map[string]bool{"ce_causationid": true, "ce_authid": true, "ce_authsession": true, "ce_fingerprint": true, "ce_replayof": true}

func cloudEventTrait() object {
	properties, required := object{}, []any{}
	for _, h := range headers {
		properties[h.name] = object{"type": "string", "description": h.about}
		if !optional[h.name] {
			required = append(required, h.name)
		}
	}
	return object{
		"headers":  object{"type": "object", "properties": properties, "required": required},
		"bindings": object{"kafka": object{"key": object{"type": "string", "description": "The subject."}}},
	}
}
