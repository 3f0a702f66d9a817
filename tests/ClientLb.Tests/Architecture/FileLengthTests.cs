namespace ClientLb.Tests.Architecture;

public class FileLengthTests
{
    private const int Limit = 400;

    [Fact]
    public void Source_files_stay_short_enough_to_be_read_at_once()
    {
        var files = new[] { "src", "tests", "samples", "benchmarks" }.SelectMany(Repository.SourceFiles).ToArray();

        var tooLong = files.Select(file => (File: file, Lines: Repository.ReadLines(file).Length)).Where(file => file.Lines > Limit).ToArray();

        Assert.NotEmpty(files);
        Assert.True(
            tooLong.Length == 0,
            $"Over {Limit} lines, so more than one thing: " + string.Join(", ", tooLong.Select(file => $"{file.File} ({file.Lines})")));
    }
}
