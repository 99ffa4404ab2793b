package domain

import "github.com/onlinemart/mart/events"

// The same checks for values that travel encrypted. One that is already as it should be keeps its ciphertext.

func (f *faults) personalEmail(location string, p events.Personal) events.Personal {
	return keep(p, f.email(location, p.Plaintext()))
}

func (f *faults) personalName(location string, p events.Personal, l limit) events.Personal {
	return keep(p, f.name(location, p.Plaintext(), l))
}

func (f *faults) personalLine(location string, p events.Personal, l limit) events.Personal {
	return keep(p, f.line(location, p.Plaintext(), l))
}

func (f *faults) words(location string, w events.Words, l limit) events.Words {
	w.Personal = keep(w.Personal, f.text(location, w.Plaintext(), l))
	return w
}

func keep(p events.Personal, value string) events.Personal {
	if p.Plaintext() == value {
		return p
	}
	return events.NewPersonal(value)
}
