using System.Runtime.InteropServices;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace ClientLb.Tests.Discovery;

/// <summary>Real files: whatever is in the place of one, there is a line in the log and no exception.</summary>
public sealed class StoredListFileTests : IDisposable
{
    private static readonly StoredListKey Key = new("orders", "orders", "consul");

    private readonly TemporaryDirectory _directory = new();
    private readonly VirtualTime _time = new();
    private readonly LogBook _log = new();
    private readonly WarmStartOptions _options = new();

    public StoredListFileTests() => _time.Advance(TimeSpan.FromDays(20_000));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void List_is_written_and_read_by_another_process()
    {
        Assert.True(File(_directory.File("new/below")).Write(List(3)));

        Assert.Equal(List(3).Endpoints, File(_directory.File("new/below")).Read()!.Endpoints);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Nothing_stored_is_said_and_no_warning()
    {
        Assert.Null(File().Read());
        Assert.Null(File(_directory.File("missing")).Read());

        Assert.Equal(2, _log.Count(2014));
        Assert.All(_log.Lines, line => Assert.Equal(LogLevel.Information, line.Level));
    }

    [Fact]
    public void Directory_in_place_of_the_file_is_a_warning_on_reading_and_on_writing()
    {
        Directory.CreateDirectory(Path.Combine(File().Path, "x"));

        Assert.Null(File().Read());
        Assert.False(File().Write(List(1)));

        Assert.Contains(File().Path, Warning(2012), StringComparison.Ordinal);
        Assert.Contains(File().Path, Warning(2015), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(-1)]
    public void File_that_is_cut_off_is_a_warning_and_a_later_list_replaces_it(int length)
    {
        File().Write(List(2));
        var bytes = System.IO.File.ReadAllBytes(File().Path);
        System.IO.File.WriteAllBytes(File().Path, bytes[..(length < 0 ? bytes.Length + length : length)]);

        Assert.Null(File().Read());

        Assert.Contains(File().Path, Warning(2012), StringComparison.Ordinal);
        File().Write(List(3));
        Assert.Equal(3, File().Read()!.Endpoints.Count);
    }

    [Fact]
    public void File_of_a_newer_version_is_left_alone_until_there_is_a_good_list()
    {
        System.IO.File.WriteAllText(File().Path, "clientlb-endpoints 2 what nobody knows yet");

        Assert.Null(File().Read());

        Assert.Contains("newer version", Warning(2013), StringComparison.Ordinal);
        Assert.True(System.IO.File.Exists(File().Path));
        File().Write(List(1));
        Assert.NotNull(File().Read());
    }

    [Fact]
    public void File_that_is_too_large_is_not_read()
    {
        _options.MaxSize = 4096;
        using (var file = System.IO.File.Create(File().Path))
        {
            // Sparse: nothing could hold it.
            file.SetLength(1L << 40);
        }

        Assert.Null(File().Read());

        Assert.Contains("more than MaxSize (4096)", Warning(2012), StringComparison.Ordinal);
    }

    [Fact]
    public void List_that_is_too_large_is_not_written_and_the_one_before_stays()
    {
        _options.MaxSize = 4096;
        var file = File();
        file.Write(List(2));

        Assert.True(file.Write(List(1000)));
        Assert.True(file.Write(List(1001)));

        Assert.Contains("more than MaxSize (4096)", Warning(2015), StringComparison.Ordinal);
        Assert.Equal(2, File().Read()!.Endpoints.Count);
        file.Write(List(3));
        Assert.Equal(1, _log.Count(2016));
    }

    [Fact]
    public void List_that_would_not_be_read_is_not_written_and_the_one_before_stays()
    {
        File().Write(List(2));

        File().Write(new([new EndpointDescriptor("no host", 1)], _time.GetUtcNow()));

        Assert.Contains("host of its endpoint 0", Warning(2015), StringComparison.Ordinal);
        Assert.Equal(2, File().Read()!.Endpoints.Count);
    }

    [Theory]
    [InlineData(-25, "MaxAge")]
    [InlineData(25, "future")]
    public void List_that_is_too_old_or_of_times_to_come_is_not_used(int hours, string problem)
    {
        File().Write(List(1) with { ConfirmedAt = _time.GetUtcNow().AddHours(hours) });

        Assert.Null(File().Read());

        Assert.Contains(problem, Warning(2012), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-24)]
    [InlineData(0)]
    [InlineData(24)]
    public void List_of_an_age_that_may_be_is_used(int hours)
    {
        File().Write(List(1) with { ConfirmedAt = _time.GetUtcNow().AddHours(hours) });

        Assert.NotNull(File().Read());
    }

    [Fact]
    public void Directory_that_can_not_be_made_is_one_warning_until_it_can()
    {
        System.IO.File.WriteAllText(_directory.File("blocked"), "");
        var file = File(_directory.File("blocked/below"));

        Assert.False(file.Write(List(1)));
        Assert.False(file.Write(List(2)));

        Assert.Equal(1, _log.Count(2015));
        System.IO.File.Delete(_directory.File("blocked"));
        Assert.True(file.Write(List(2)));
        Assert.Equal(1, _log.Count(2016));
    }

    [Fact]
    public void File_and_directory_belong_to_their_owner_alone_even_where_files_are_everybodys()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var before = Umask(0);
        try
        {
            File(_directory.File("new")).Write(List(1));
        }
        finally
        {
            _ = Umask(before);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File(_directory.File("new")).Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(_directory.File("new")));
    }

    [Fact]
    public void What_a_crash_left_behind_goes_and_what_another_process_writes_stays()
    {
        string[] leftovers = [File().Path + ".1.tmp", _directory.File("clientlb-other@consul.endpoints.1.tmp"), File().Path + ".2.tmp"];
        Array.ForEach(leftovers, name => System.IO.File.WriteAllText(name, "half"));
        System.IO.File.SetLastWriteTimeUtc(leftovers[0], _time.GetUtcNow().UtcDateTime.AddHours(-2));
        System.IO.File.SetLastWriteTimeUtc(leftovers[1], _time.GetUtcNow().UtcDateTime.AddHours(-2));
        System.IO.File.SetLastWriteTimeUtc(leftovers[2], _time.GetUtcNow().UtcDateTime.AddSeconds(-2));

        File().Write(List(1));

        Assert.Equal([false, true, true], leftovers.Select(System.IO.File.Exists));
    }

    [Fact]
    public async Task Readers_never_meet_half_a_list_while_two_processes_write()
    {
        File().Write(List(1));
        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var reads = 0;
            for (; !done.IsCancellationRequested || reads < 20; reads++)
            {
                Assert.Contains(File().Read()!.Endpoints.Count, new[] { 1, 200, 400 });
            }
        });

        await Task.WhenAll(Task.Run(() => WriteOften(200)), Task.Run(() => WriteOften(400)));
        await done.CancelAsync();
        await reader;

        Assert.Empty(_log.Lines);
        Assert.Equal([File().Path], Directory.GetFiles(_directory.Path));
    }

    private void WriteOften(int endpoints)
    {
        var file = File();
        for (var i = 0; i < 40; i++)
        {
            Assert.True(file.Write(List(endpoints)));
        }
    }

    private StoredListFile File(string? directory = null) => new(directory ?? _directory.Path, Key, _options, _time, _log);

    private StoredList List(int endpoints) =>
        new([.. Enumerable.Range(1, endpoints).Select(static i => new EndpointDescriptor("10.0.0.1", i))], _time.GetUtcNow());

    private string Warning(int id)
    {
        var (level, _, text) = Assert.Single(_log.Lines, line => line.Id == id);
        Assert.Equal(LogLevel.Warning, level);
        return text;
    }

    [DllImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint Umask(uint mask);
}
