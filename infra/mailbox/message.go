package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails in charsets other than UTF-8
	mime "github.com/emersion/go-message/mail"
)

// Summary is one mail in a list, with Mailpit's names.
type Summary struct {
	ID          string
	MessageID   string
	Read        bool
	From        *mail.Address
	To          []*mail.Address
	Cc          []*mail.Address
	Bcc         []*mail.Address
	ReplyTo     []*mail.Address
	Subject     string
	Created     time.Time
	Username    string
	Tags        []string
	Size        int
	Attachments int
	Snippet     string
}

// Message is one whole mail, with Mailpit's names.
type Message struct {
	ID          string
	MessageID   string
	From        *mail.Address
	To          []*mail.Address
	Cc          []*mail.Address
	Bcc         []*mail.Address
	ReplyTo     []*mail.Address
	ReturnPath  string
	Subject     string
	Date        time.Time
	Tags        []string
	Username    string
	Text        string
	HTML        string
	Size        int
	Inline      []Attachment
	Attachments []Attachment
}

// Attachment describes a part that is neither the text nor the HTML.
type Attachment struct {
	PartID      string
	FileName    string
	ContentType string
	ContentID   string
	Size        int
}

// envelope is what SMTP said, which the mail's own headers need not repeat.
type envelope struct {
	From string   `json:"from"`
	To   []string `json:"to"`
}

// parse reads a mail as far as it can be read: of a broken one the raw text is the text, for the inbox hides nothing.
func parse(id string, sent envelope, raw []byte, arrived time.Time) Message {
	m := Message{
		ID: id, ReturnPath: sent.From, Date: arrived, Size: len(raw),
		Tags: []string{}, Inline: []Attachment{}, Attachments: []Attachment{},
	}
	reader, err := mime.CreateReader(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) {
		m.Text = string(raw)
		m.addressTo(mime.Header{}, sent)
		return m
	}
	m.readHeader(reader.Header)
	m.addressTo(reader.Header, sent)
	if err := m.readParts(reader); err != nil {
		m.Text = string(raw)
	}
	return m
}

func (m *Message) readHeader(header mime.Header) {
	m.Subject, _ = header.Subject() // undecodable: as it stands
	m.MessageID, _ = header.MessageID()
	if date, err := header.Date(); err == nil && !date.IsZero() {
		m.Date = date
	}
	if from := addresses(header, "From"); len(from) > 0 {
		m.From = from[0]
	}
}

// addressTo fills in who the mail is for; whoever got it without being named in it got a blind copy.
func (m *Message) addressTo(header mime.Header, sent envelope) {
	m.To, m.Cc = addresses(header, "To"), addresses(header, "Cc")
	m.Bcc, m.ReplyTo = addresses(header, "Bcc"), addresses(header, "Reply-To")
	for _, recipient := range sent.To {
		is := func(a *mail.Address) bool { return strings.EqualFold(a.Address, recipient) }
		if !slices.ContainsFunc(slices.Concat(m.To, m.Cc, m.Bcc), is) {
			m.Bcc = append(m.Bcc, &mail.Address{Address: recipient})
		}
	}
}

func addresses(header mime.Header, name string) []*mail.Address {
	list := []*mail.Address{}
	found, err := header.AddressList(name)
	if err != nil {
		return list
	}
	for _, address := range found {
		list = append(list, &mail.Address{Name: address.Name, Address: address.Address})
	}
	return list
}

func (m *Message) readParts(reader *mime.Reader) error {
	for number := 1; ; number++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !message.IsUnknownCharset(err) {
			return fmt.Errorf("next part: %w", err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			return fmt.Errorf("read part %d: %w", number, err)
		}
		m.take(strconv.Itoa(number), part.Header, body)
	}
}

func (m *Message) take(partID string, header mime.PartHeader, body []byte) {
	switch header := header.(type) {
	case *mime.InlineHeader:
		kind, _, _ := header.ContentType() // a broken one reads as text/plain
		switch {
		case kind == "text/html" && m.HTML == "":
			m.HTML = string(body)
		case kind == "text/plain" || kind == "":
			m.Text += string(body)
		default:
			m.Inline = append(m.Inline, attachment(partID, "", kind, header.Get("Content-Id"), body))
		}
	case *mime.AttachmentHeader:
		kind, _, _ := header.ContentType()
		name, _ := header.Filename()
		m.Attachments = append(m.Attachments, attachment(partID, name, kind, header.Get("Content-Id"), body))
	}
}

func attachment(partID, name, kind, contentID string, body []byte) Attachment {
	return Attachment{PartID: partID, FileName: name, ContentType: kind, ContentID: strings.Trim(contentID, "<>"), Size: len(body)}
}

func (m Message) summary(arrived time.Time) Summary {
	return Summary{
		ID: m.ID, MessageID: m.MessageID, From: m.From, To: m.To, Cc: m.Cc, Bcc: m.Bcc, ReplyTo: m.ReplyTo,
		Subject: m.Subject, Created: arrived, Tags: m.Tags, Size: m.Size, Attachments: len(m.Attachments), Snippet: snippet(m.Text),
	}
}

// snippet is the beginning of the text on one line.
func snippet(text string) string {
	const most = 250
	if len(text) > 4*most {
		text = text[:4*most]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return text
}
