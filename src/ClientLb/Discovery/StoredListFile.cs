using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>
/// The file with the last good list of one cluster from one source. It is replaced as a whole, so that a reader, another process or a crash never meets
/// half a list. Nothing here throws: a mistake is a line in the log.
/// </summary>
internal sealed class StoredListFile(string directory, StoredListKey key, WarmStartOptions options, TimeProvider timeProvider, ILogger logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>No write takes as long: what is older was left behind by a crash.</summary>
    private static readonly TimeSpan s_leftover = TimeSpan.FromHours(1);

    private readonly string _name = key.FileName();
    private string? _problem;
    private bool _isSwept;

    public string Path { get; } = System.IO.Path.Combine(directory, key.FileName());

    public string Cluster => key.Cluster;

    public string Source => key.Source;

    /// <summary>The list, if there is one that may be used.</summary>
    public StoredList? Read()
    {
        byte[] bytes;
        try
        {
            // Others may replace or delete it meanwhile.
            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.Length > options.MaxSize)
            {
                return Refuse(string.Create(CultureInfo.InvariantCulture, $"it has {stream.Length} bytes, more than MaxSize ({options.MaxSize})"));
            }

            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            DiscoveryLog.NothingStored(logger, Cluster, Source, Path);
            return null;
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return Refuse($"it can't be read: {e.Message}");
        }

        var reading = StoredListFormat.Read(bytes, key);
        if (reading.IsNewer)
        {
            DiscoveryLog.StoredByNewerVersion(logger, Cluster, Path, reading.Problem!);
            return null;
        }

        return reading.List is { } list ? OfAge(list) : Refuse(reading.Problem!);
    }

    /// <summary>Says that the list is not used, and why.</summary>
    public StoredList? Refuse(string problem)
    {
        DiscoveryLog.StoredListRefused(logger, Cluster, Path, problem);
        return null;
    }

    /// <summary>Puts a list in place of that before.</summary>
    /// <returns>False where a later try may do better.</returns>
    public bool Write(StoredList list)
    {
        var temporary = $"{Path}.{Guid.NewGuid():N}.tmp";
        try
        {
            // A list that would be refused must not replace a good one.
            var bytes = StoredListFormat.Write(key, list, out var problem);
            if (bytes is null)
            {
                Complain(problem!, problem!);
                return true;
            }

            if (bytes.Length > options.MaxSize)
            {
                Complain(nameof(options.MaxSize), string.Create(CultureInfo.InvariantCulture, $"it would have {bytes.Length} bytes, more than MaxSize ({options.MaxSize})"));
                return true;
            }

            CreateDirectory();
            Sweep();
            Replace(temporary, bytes);
        }
#pragma warning disable CA1031 // Whatever a file system or a list of somebody's own throws, the cluster lives without the file.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // By its kind: the text names a temporary file, which is another one each time.
            Complain($"{e.GetType()} {e.HResult}", e.Message);
            Delete(temporary);
            return false;
        }

        if (_problem is not null)
        {
            _problem = null;
            DiscoveryLog.StoredAgain(logger, Cluster, Path);
        }

        return true;
    }

    private StoredList? OfAge(StoredList list)
    {
        var age = timeProvider.GetUtcNow() - list.ConfirmedAt;
        if (age > options.MaxAge)
        {
            return Refuse($"it was confirmed {Whole(age)} ago, longer than MaxAge ({options.MaxAge})");
        }

        // Clocks differ and are set; but a time that is far off would keep the list for ever.
        return age < -options.MaxAge ? Refuse($"it claims to be from {Whole(-age)} in the future") : list;
    }

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds));

    private void CreateDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private void Replace(string temporary, byte[] bytes)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            // From its first moment: to narrow it afterwards leaves a gap.
            how.UnixCreateMode = OwnerOnly;
        }

        using (var stream = new FileStream(temporary, how))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path, overwrite: true);
    }

    /// <summary>Once: what a crash has left of this file. Others may be writing theirs just now.</summary>
    private void Sweep()
    {
        if (_isSwept)
        {
            return;
        }

        _isSwept = true;
        foreach (var file in Directory.EnumerateFiles(directory, _name + ".*.tmp"))
        {
            if (timeProvider.GetUtcNow() - File.GetLastWriteTimeUtc(file) > s_leftover)
            {
                Delete(file);
            }
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            // It harms nobody: no reader looks at it, and a later process tries again.
        }
    }

    private void Complain(string cause, string problem)
    {
        if (_problem != cause)
        {
            _problem = cause;
            DiscoveryLog.NotStored(logger, Cluster, Path, problem);
        }
    }

    private static bool IsOfFiles(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
