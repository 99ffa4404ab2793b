package laptop

import (
	"context"
	"log/slog"
	"net"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/logs"
)

// keepLogs has what is logged kept in the data folder from now on, as far as it is of level info or above, whatever is shown.
func (m *Mart) keepLogs() error {
	if !m.cfg.KeepLogs {
		return nil
	}
	file, err := logs.Open(m.Folder)
	if err != nil {
		return err
	}
	m.closeLater("log", func(context.Context) error { return file.Close() })
	m.log = slog.NewJSONHandler(file, nil)
	m.cfg.Log = slog.New(slog.NewMultiHandler(m.cfg.Log.Handler(), m.log.WithAttrs([]slog.Attr{slog.String("function", "mart")})))
	return nil
}

// serveHere runs a function in this process, and keeps what it logs.
func (m *Mart) serveHere(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	function, err := mart.Lookup(f)
	if err != nil {
		return err
	}
	if m.log != nil {
		function.LogTo(m.log)
	}
	return function.Serve(ctx, listener, env)
}
