package laptop

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"syscall"
)

// portsAreFree takes every port that somebody may have chosen, all at once, and gives them back. Error: each that cannot be had, a line of its own.
func (c Config) portsAreFree(ctx context.Context) error {
	var faults []error
	taken := map[string]net.Addr{} // by us, by the setting that chose it
	for _, port := range []struct {
		setting, address string
		used             bool
	}{{"--listen", c.Listen, true}, {"--mail", c.Mail, c.SMTP == ""}, {"--payments", c.Payments, c.Stripe.Key == ""}, {"--metrics", c.Metrics, true}} {
		if !port.used {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", port.address)
		if err != nil {
			faults = append(faults, portFault(taken, port.setting, port.address, err))
			continue
		}
		taken[port.setting] = listener.Addr()
		defer func() { _ = listener.Close() }() // nobody has connected
	}
	return errors.Join(faults...)
}

// portFault says why a port cannot be had, when it is one that another setting has just been given as well: that.
func portFault(taken map[string]net.Addr, setting, address string, err error) error {
	wanted, unknown := net.ResolveTCPAddr("tcp", address)
	for _, other := range slices.Sorted(maps.Keys(taken)) {
		has, tcp := taken[other].(*net.TCPAddr)
		if unknown == nil && tcp && has.Port == wanted.Port && (has.IP.Equal(wanted.IP) || anywhere(has) || anywhere(wanted)) {
			return fmt.Errorf("%s and %s are both at port %d: choose another port for one of them", other, setting, wanted.Port)
		}
	}
	return portError(setting, address, err)
}

// anywhere tells an address on every interface.
func anywhere(a *net.TCPAddr) bool { return len(a.IP) == 0 || a.IP.IsUnspecified() }

// portError names the setting that chose a port which cannot be had.
func portError(setting, address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		variable := "MART_" + strings.ToUpper(strings.TrimPrefix(setting, "--"))
		return fmt.Errorf("%s is taken: stop what uses it, or choose another with %s host:port, or before make run with %s=host:port", address, setting, variable)
	}
	return fmt.Errorf("cannot listen on %s (%s takes host:port): %w", address, setting, err)
}
