package mailbox

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Fault is how the inbox misbehaves for a mail, as real mail servers do.
type Fault int

// The faults.
const (
	None  Fault = iota
	Lost        // keeps the mail, but hangs up before it says so: the sender cannot know
	Later       // refuses with 451: try again later
	Never       // refuses with 550: not this mail, not ever
)

// faults counts down how many mails still suffer one.
type faults struct {
	mu    sync.Mutex
	fault Fault
	left  int
}

// Fail lets the next count mails suffer the fault; it replaces what an earlier call left.
func (i *Inbox) Fail(fault Fault, count int) {
	i.faults.mu.Lock()
	defer i.faults.mu.Unlock()
	i.faults.fault, i.faults.left = fault, count
}

func (f *faults) next() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left <= 0 {
		return None
	}
	f.left--
	return f.fault
}

// refusals are the answers of the faults that keep nothing.
var refusals = map[Fault]*smtp.SMTPError{
	Later: {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"},
	Never: {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Not accepted"},
}

// noSpace puts a mail off that cannot be kept now: its sender comes again. Source: RFC 5321, 4.2.3.
var noSpace = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "No space to keep it: try again later"}

func newSMTP(inbox *Inbox, log *slog.Logger) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		return &session{inbox: inbox, conn: conn.Conn()}, nil
	}))
	server.Domain = "mart"
	server.MaxMessageBytes = 25 << 20
	server.MaxRecipients = 100
	server.ReadTimeout = 30 * time.Second
	server.WriteTimeout = 30 * time.Second
	server.EnableSMTPUTF8 = true
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	return server
}

// session is one connection; a connection may carry several mails.
type session struct {
	inbox *Inbox
	conn  net.Conn
	from  string
	to    []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	fault := s.inbox.faults.next()
	if refusal, refused := refusals[fault]; refused {
		return refusal
	}
	if err := s.inbox.store.add(envelope{From: s.from, To: s.to}, raw); err != nil {
		s.inbox.store.log.Error("a mail is put off", "reason", err)
		return noSpace
	}
	if fault == Lost {
		return s.conn.Close() // what follows cannot be written any more
	}
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }
