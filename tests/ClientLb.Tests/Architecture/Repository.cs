namespace ClientLb.Tests.Architecture;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The project's own .cs files below a folder of the root, as paths from the root with forward slashes.</summary>
    public static IEnumerable<string> SourceFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj") && !IsGenerated(file))
            .Order(StringComparer.Ordinal);

    public static string[] ReadLines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static bool IsGenerated(string file) =>
        file.EndsWith(".g.cs", StringComparison.Ordinal) || file.EndsWith(".Designer.cs", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ClientLb.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No ClientLb.sln in or above {AppContext.BaseDirectory}: run the tests inside the source tree.");
    }
}
