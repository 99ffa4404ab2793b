// Command mart runs the whole mart on a laptop and speaks to any mart by its address.
//
//	mart up      broker, database, mail, payments, the functions and the gateway in one process
//	mart demo    buy something over public HTTP and show every hop
//
// Each command is one file here; what they share is in infra/laptop (a running mart) and infra/client (the public API).
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/onlinemart/mart/functions/settings"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/onlinemart/mart/infra/journal"
	"github.com/onlinemart/mart/infra/logs"
	"github.com/onlinemart/mart/infra/recovery"
	"golang.org/x/term"
)

type commands struct {
	Version kong.VersionFlag `help:"Say what this program was built from."`

	Up          up                  `cmd:"" help:"Run a whole mart here: everything is embedded unless you say otherwise."`
	Demo        demo                `cmd:"" help:"Register, browse, order, pay, get the mail; print every hop with its time."`
	Seed        seed                `cmd:"" help:"Put products into a mart, through its public API."`
	Bench       benchmark           `cmd:"" help:"Measure a mart that is started for it, and the same SQL with nothing else, in one run."`
	DeadLetters deadletters.Command `cmd:"" help:"Show what could not be delivered, and send it again."`
	Journal     journal.Command     `cmd:"" help:"Say who asked for what, what was decided, and what that led to."`
	Why         journal.Why         `cmd:"" help:"Say what happened to an order, or what a request led to, and what waits for what."`
	Logs        logs.Command        `cmd:"" help:"Show what the mart here has logged, about an order, a request or a trace, or all of it."`
	Recover     recovery.Command    `cmd:"" help:"After a restore: give db the commands again that it has decided since the backup."`
	Topics      topics              `cmd:"" help:"Make the Kafka topics, or only list them."`
	Generate    generate            `cmd:"" help:"Write the contracts from what the functions declare."`
	Function    function            `cmd:"" help:"Run one function as a process of its own, with settings from the environment."`
	Manifests   manifests           `cmd:"" help:"Write the manifests for Knative from the catalogue of messages."`
}

func main() {
	if os.Getenv("GOGC") == "" && !slices.Contains(os.Args, "function") {
		debug.SetGCPercent(gcPercent) // all functions, a broker and their clients share this heap
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if len(os.Args) == 1 && os.Getenv("FUNCTION") != "" {
		os.Args = append(os.Args, "function")
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(os.Stderr, "mart:", line)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	parser, err := commandLine(ctx, new(commands))
	if err != nil {
		return fmt.Errorf("describe the command line: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args[0] == "help" { // as git and go have it
		args = append(slices.Clone(args[1:]), "--help")
	}
	if asked, err := helpOfFunction(os.Stdout, args); asked {
		return err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w; see %s --help", err, faultyCommand(err))
	}
	slips, err := misspelt(parser.Model, os.Environ())
	if err != nil {
		return err
	}
	for _, slip := range slips {
		slog.Warn(slip)
	}
	return brokenOff(ctx, parsed.Selected().Path(), parsed.Run())
}

// faultyCommand is the command that a fault on the command line belongs to.
func faultyCommand(err error) string {
	fault, parsed := errors.AsType[*kong.ParseError](err)
	if !parsed || fault.Context.Selected() == nil {
		return "mart"
	}
	return fault.Context.Selected().FullPath()
}

// untilStopped are the commands that end when they are told to; the others had not done yet what they were called for.
var untilStopped = []string{"up", "function"}

// brokenOff says of a command that was stopped that it was: what failed because of it is no fault of its own.
func brokenOff(ctx context.Context, command string, err error) error {
	if err == nil || ctx.Err() == nil || slices.Contains(untilStopped, command) {
		return err
	}
	return fmt.Errorf("%s was stopped before it was done (%w)", command, context.Cause(ctx))
}

// misspelt says which names of an environment are but a slip away from one that sets a flag, and set none.
func misspelt(model *kong.Application, environment []string) ([]string, error) {
	var flags []settings.Setting
	err := kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				flags = append(flags, settings.Setting{Name: name})
			}
		}
		return next(nil)
	})
	var names []string
	for _, setting := range environment {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "M") { // functions look for theirs by themselves
			names = append(names, name)
		}
	}
	return settings.Unread(names, flags, nil), err
}

// commandLine reads into c. The environment sets only those flags that name a variable: MART_VERSION in somebody's shell is no --version.
func commandLine(ctx context.Context, c *commands) (*kong.Kong, error) {
	return kong.New(c, kong.Name("mart"), kong.Description("An online mart: its functions, a gateway, and what they stand on."),
		kong.Vars{"version": version(debug.ReadBuildInfo())}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.BindTo(ctx, (*context.Context)(nil)))
}

// gcPercent is how much garbage may gather, in percent of what lives: memory is cheaper here than the processors that all share.
const gcPercent = 400

// interruptible ends the context at the first Ctrl-C or SIGTERM, or when the terminal goes away (SIGHUP; not under nohup); the second one kills.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		s := <-signals
		signal.Stop(signals) // the next one takes its usual course
		cancel(fmt.Errorf("%s", s))
	}()
	return ctx, func() { cancel(errors.New("done")) }
}

// invocation is how this program can be called again: what go run builds has no name that a shell knows.
func invocation(program string) string {
	folder := filepath.Dir(program)
	if strings.Contains(program, "go-build") || strings.HasSuffix(folder, "-d") { // its work folder, or its cache of programs
		return "go run ./infra/mart"
	}
	return program
}

// interactive tells whether somebody looks at it.
func interactive(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
