package notification

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/onlinemart/mart/events/bus"
)

// SMTPConfig reaches the mail server.
type SMTPConfig struct {
	Address  string        `env:"SMTP_ADDRESS, required" doc:"host:port of the mail server."`
	From     string        `env:"MAIL_FROM, required" doc:"Whom mails come from: Mart <shop@example.com>."`
	User     string        `env:"SMTP_USER" doc:"Who logs in at the mail server; none: nobody does."`
	Password string        `env:"SMTP_PASSWORD" secret:"true" doc:"The password of SMTP_USER."`
	TLS      string        `env:"SMTP_TLS, default=opportunistic" doc:"required, opportunistic or none; with SMTP_USER it must be required."`
	Timeout  time.Duration `env:"SMTP_TIMEOUT, default=8s" doc:"How long one mail may take."`
}

// Check looks at all of them; it connects to nobody.
func (c SMTPConfig) Check() error {
	_, err := newSMTPSender(c)
	return err
}

// refusedError is a mail that the server will never take.
type refusedError struct{ reason string }

func (e *refusedError) Error() string { return e.reason }

// smtpSender sends mails by SMTP.
type smtpSender struct {
	config  SMTPConfig
	host    string
	options []gomail.Option
}

var tlsPolicies = map[string]gomail.TLSPolicy{
	"required": gomail.TLSMandatory, "opportunistic": gomail.TLSOpportunistic, "none": gomail.NoTLS,
}

// newSMTPSender checks the settings; it connects to nobody.
func newSMTPSender(c SMTPConfig) (*smtpSender, error) {
	host, portText, err := net.SplitHostPort(c.Address)
	port, portErr := strconv.Atoi(portText)
	if err != nil || portErr != nil {
		return nil, fmt.Errorf("SMTP_ADDRESS is %q: set it to host:port of the mail server", c.Address)
	}
	policy, known := tlsPolicies[c.TLS]
	if !known {
		return nil, fmt.Errorf("SMTP_TLS is %q: set it to required, opportunistic or none", c.TLS)
	}
	if err := gomail.NewMsg().From(c.From); err != nil {
		return nil, fmt.Errorf("MAIL_FROM is %q: set it to an address, such as Mart <shop@example.com>", c.From)
	}
	s := &smtpSender{config: c, host: host, options: []gomail.Option{gomail.WithPort(port), gomail.WithTLSPolicy(policy), gomail.WithTimeout(c.Timeout), gomail.WithHELO("mart.localhost")}}
	if c.User != "" {
		if c.TLS != "required" {
			return nil, errors.New("SMTP_USER is set without SMTP_TLS=required: the password would travel in clear")
		}
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	return s, nil
}

// send is deliver as a span of its own.
func (s *smtpSender) send(ctx context.Context, m mail) error {
	ctx, span := bus.Within(ctx, trace.SpanKindClient, "SMTP send")
	span.SetAttributes(semconv.NetworkProtocolName("smtp"), semconv.ServerAddress(s.host))
	err := s.deliver(ctx, m)
	if _, refused := errors.AsType[*refusedError](err); refused {
		span.Fail("refused")
		span.End(nil)
		return err
	}
	span.End(err)
	return err
}

// deliver hands one mail to the server. Errors: *refusedError when it will never be taken; anything else means try again, and it may
// have been taken.
func (s *smtpSender) deliver(ctx context.Context, m mail) error {
	message, err := s.message(m)
	if err != nil {
		return &refusedError{reason: err.Error()}
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("prepare for the mail server (SMTP_ADDRESS): %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return judge(message, err)
	}
	return nil
}

func (s *smtpSender) message(m mail) (*gomail.Msg, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent()) // which program and version writes is nobody's business
	if err := message.From(s.config.From); err != nil {
		return nil, errors.New("MAIL_FROM is not an address")
	}
	to, err := netmail.ParseAddress(m.to)
	if err != nil {
		return nil, errors.New("the customer's address is not one") // the library's text would repeat it
	}
	message.AddToMailAddress(&netmail.Address{Name: m.name, Address: to.Address}) // which quotes the name
	message.SetMessageIDWithValue(m.messageID)
	message.SetDate()
	message.Subject(m.subject)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetGenHeader("Content-Language", string(m.language))
	message.SetBodyString(gomail.TypeTextPlain, m.text)
	message.AddAlternativeString(gomail.TypeTextHTML, m.page)
	return message, nil
}

// judge tells a refusal for good (5xx to the mail itself) from what another try may mend. A mail that was taken before the line broke
// is sent. Neither repeats what the server said of the address.
func judge(message *gomail.Msg, err error) error {
	var failed *gomail.SendError
	if message.IsDelivered() {
		return nil
	}
	if !errors.As(err, &failed) || failed.IsTemp() || failed.ErrorCode() < 500 {
		return fmt.Errorf("the mail server (SMTP_ADDRESS) did not take it: %w", err)
	}
	return &refusedError{reason: fmt.Sprintf("the mail server answered %d: %s", failed.ErrorCode(), failed.Reason)}
}
