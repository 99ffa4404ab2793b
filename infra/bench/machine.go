package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/prometheus/procfs"
)

// errNoProc means that this system does not tell what processes take.
var errNoProc = errors.New("this system has no /proc")

// processorTime is what a process has taken of the processors, without its children. Error: errNoProc.
func processorTime(pid int) (time.Duration, error) {
	stat, err := statOf(pid)
	return time.Duration(stat.CPUTime() * float64(time.Second)), err
}

// residentMiB is what a process holds of the memory. Error: errNoProc.
func residentMiB(pid int) (float64, error) {
	stat, err := statOf(pid)
	return float64(stat.ResidentMemory()) / (1 << 20), err
}

// peakMiB is the most that it ever held. Error: errNoProc.
func peakMiB(pid int) (float64, error) {
	proc, err := procfs.NewProc(pid)
	if errors.Is(err, os.ErrNotExist) && runtime.GOOS != "linux" {
		return 0, errNoProc
	}
	if err != nil {
		return 0, fmt.Errorf("look at process %d: %w", pid, err)
	}
	status, err := proc.NewStatus()
	if err != nil {
		return 0, fmt.Errorf("look at process %d: %w", pid, err)
	}
	return float64(status.VmHWM) / (1 << 20), nil
}

func statOf(pid int) (procfs.ProcStat, error) {
	proc, err := procfs.NewProc(pid)
	if errors.Is(err, os.ErrNotExist) && runtime.GOOS != "linux" {
		return procfs.ProcStat{}, errNoProc
	}
	if err != nil {
		return procfs.ProcStat{}, fmt.Errorf("look at process %d: %w", pid, err)
	}
	stat, err := proc.Stat()
	if err != nil {
		return procfs.ProcStat{}, fmt.Errorf("look at process %d: %w", pid, err)
	}
	return stat, nil
}

// Quiet is what else went on while something was measured: figures from a machine that is not quiet say little.
type Quiet struct {
	LoadBefore  float64 `json:"loadBefore"`            // load average of a minute at the beginning
	OthersShare float64 `json:"othersShare,omitempty"` // of all processors, taken by processes that have nothing to do with this
	Known       bool    `json:"known"`                 // false: this system does not tell
}

// quietEnough is the share of all processors that others may take.
const quietEnough = 0.05

// Disturbed tells whether others took enough to be seen in the figures.
func (q Quiet) Disturbed() bool {
	return q.Known && (q.OthersShare > quietEnough || q.LoadBefore > float64(runtime.NumCPU()))
}

func (q Quiet) String() string {
	if !q.Known {
		return "what else ran on this machine is not known"
	}
	text := fmt.Sprintf("load average before: %.2f; other processes took %.0f %% of the processors", q.LoadBefore, 100*q.OthersShare)
	if q.Disturbed() {
		text += ": NOT QUIET, measure again"
	}
	return text
}

// watch is the machine at one moment.
type watch struct {
	at         time.Time
	load       float64
	busy, ours time.Duration
	known      bool
}

func observe() watch {
	w := watch{at: time.Now()}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return w
	}
	load, err := fs.LoadAvg()
	if err != nil {
		return w
	}
	stat, err := fs.Stat()
	if err != nil {
		return w
	}
	ours, err := family(fs)
	if err != nil {
		return w
	}
	c := stat.CPUTotal
	w.load, w.ours, w.known = load.Load1, ours, true
	w.busy = time.Duration((c.User + c.Nice + c.System + c.IRQ + c.SoftIRQ) * float64(time.Second))
	return w
}

// since says what went on from then until now.
func (w watch) since(before watch) Quiet {
	if !w.known || !before.known {
		return Quiet{}
	}
	others := (w.busy - before.busy) - (w.ours - before.ours)
	all := w.at.Sub(before.at).Seconds() * float64(runtime.NumCPU())
	return Quiet{LoadBefore: before.load, OthersShare: max(0, others.Seconds()/max(all, 1e-9)), Known: true}
}

// ticks is the unit of the times of children in /proc: a hundredth of a second on every Linux.
const ticks = time.Second / 100

// family is the processor time of this process and of all that descend from it, those that have ended too.
func family(fs procfs.FS) (time.Duration, error) {
	all, err := fs.AllProcs()
	if err != nil {
		return 0, fmt.Errorf("list the processes: %w", err)
	}
	stats := map[int]procfs.ProcStat{}
	for _, p := range all {
		if stat, err := p.Stat(); err == nil { // it may have ended meanwhile
			stats[p.PID] = stat
		}
	}
	var sum time.Duration
	for pid, stat := range stats {
		if descends(stats, pid, os.Getpid()) {
			sum += time.Duration(stat.CPUTime()*float64(time.Second)) + time.Duration(stat.CUTime+stat.CSTime)*ticks
		}
	}
	return sum, nil
}

func descends(stats map[int]procfs.ProcStat, pid, from int) bool {
	for pid > 1 {
		if pid == from {
			return true
		}
		pid = stats[pid].PPID
	}
	return false
}
