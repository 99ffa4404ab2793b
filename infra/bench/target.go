package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
)

// target is a mart as the benchmark sees it: its public addresses, its database, its Kafka, and its process.
type target struct {
	url, mail       string
	email, password string // of the owner
	folder          string
	database        postgres.Database
	kafka           []string
	pid             int // 0: it runs in this process
}

// enter is the mart as its owner, with a token that has its whole life before it.
func (t target) enter(ctx context.Context) (client.Client, error) {
	return client.New(t.url).Enter(ctx, client.Backoffice, t.email, t.password)
}

// stopWithin bounds the end of a mart.
const stopWithin = time.Minute

// inMart starts a mart in this process for a part of the bench and ends it.
func (r *run) inMart(ctx context.Context, serve laptop.Serve, do func(context.Context) error) error {
	return r.inLaptop(ctx, laptop.Config{Serve: serve}, func(ctx context.Context, _ *laptop.Mart) error { return do(ctx) })
}

// inLaptop is inMart with settings of its own.
func (r *run) inLaptop(ctx context.Context, c laptop.Config, do func(context.Context, *laptop.Mart) error) (err error) {
	begin := time.Now()
	c.Empty, c.Kafka, c.Postgres, c.Database, c.LogLevel = true, r.Kafka, r.Postgres, "mart_bench_"+uuid.NewString()[:8], "error"
	c.Postgre = settingsOfPostgres
	if c.Env = maps.Clone(c.Env); c.Env == nil {
		c.Env = map[string]string{}
	}
	for _, bound := range []string{"ORDER_HOLD_NETWORK", "PAYMENT_DECLINED_NETWORK", "LOGIN_NETWORK", "REGISTER_NETWORK"} {
		c.Env[bound] = "0" // all its buyers are at one address, and none has confirmed theirs
	}
	c.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	m, err := laptop.Start(ctx, c)
	if err != nil {
		return err
	}
	r.recordStart(begin)
	if m.Postgres != nil {
		r.result.Database = fmt.Sprintf("PostgreSQL %d on this machine", m.Postgres.Version())
	}
	r.at = target{url: m.URL, mail: m.MailURL, email: m.Owner.Email, password: m.Owner.Password, folder: m.Folder, database: m.Database, kafka: m.Kafka}
	if err = r.enter(ctx); err == nil {
		err = do(ctx, m)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return cmp.Or(err, m.Stop(stopping))
}

// settingsOfPostgres give room to replicas of db, which have 17 connections each, and to the baselines, which have 64.
var settingsOfPostgres = map[string]string{"max_connections": "300"}

// recordStart notes how long the first mart took to start.
func (r *run) recordStart(begin time.Time) {
	if r.result.ReadySeconds == 0 {
		r.result.ReadySeconds = time.Since(begin).Seconds()
	}
}

// inProgram starts program as `mart up`, on folders, ports and a Postgres of its own, for a part of the bench and ends it. The program may be of
// another commit: it is given only flags that it has always had. Through says by which address it reaches Postgres; nil: the server's own.
func (r *run) inProgram(ctx context.Context, program string, through func(context.Context, string) (dsn string, end func(), err error), do func(context.Context) error) (err error) {
	folder, err := os.MkdirTemp("", "mart-bench-")
	if err != nil {
		return fmt.Errorf("make a folder for %s: %w", program, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.Chmod(folder, 0o711); err != nil { // Postgres may run as another user
		return fmt.Errorf("open the folder of %s: %w", program, err)
	}
	server, err := postgres.Start(ctx, postgres.Config{DataDir: folder + "/database", Settings: settingsOfPostgres})
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err = errors.Join(err, server.Close(stopping))
	}()
	r.result.Database = fmt.Sprintf("PostgreSQL %d on this machine", server.Version())
	dsn := server.AdminDSN()
	if through != nil {
		var end func()
		if dsn, end, err = through(ctx, dsn); err != nil {
			return err
		}
		defer end()
	}
	return r.inChild(ctx, child{program: program, folder: folder + "/mart", postgres: dsn, kafka: r.Kafka}, server.AdminDSN(), do)
}

// inChild runs the program itself; admin is the Postgres that it stands on.
func (r *run) inChild(ctx context.Context, c child, admin string, do func(context.Context) error) error {
	begin := time.Now()
	if err := c.start(ctx); err != nil {
		return err
	}
	r.recordStart(begin)
	r.at = target{url: c.url, mail: c.mail, email: childOwner, password: c.password, folder: c.folder, kafka: c.brokers, pid: c.process.PID()}
	var err error
	if r.at.database, err = postgres.DatabaseAt(admin, "mart", ""); err == nil {
		if err = r.enter(ctx); err == nil {
			err = do(ctx)
		}
	}
	return errors.Join(err, c.end())
}
