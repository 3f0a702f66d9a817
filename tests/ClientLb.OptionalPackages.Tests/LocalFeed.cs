using System.IO.Compression;
using System.Reflection;
using System.Reflection.Emit;

namespace ClientLb.OptionalPackages.Tests;

/// <summary>A folder that serves as package source, with one tiny package in one version: <c>Tiny</c> 1.0.0, with the public class <c>Tiny.Thing</c>.</summary>
internal static class LocalFeed
{
    public const string Package = "Tiny";
    public const string ServedVersion = "1.0.0";
    public const string MissingVersion = "9.9.9";

    private const string Specification = """
        <?xml version="1.0" encoding="utf-8"?>
        <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
          <metadata>
            <id>Tiny</id>
            <version>1.0.0</version>
            <authors>ClientLb contributors</authors>
            <description>A package that is certain to be there.</description>
            <dependencies><group targetFramework="net10.0" /></dependencies>
          </metadata>
        </package>
        """;

    public static void Create(string folder)
    {
        Directory.CreateDirectory(folder);
        using var archive = ZipFile.Open(Path.Combine(folder, $"{Package}.{ServedVersion}.nupkg"), ZipArchiveMode.Create);
        using (var writer = new StreamWriter(archive.CreateEntry("Tiny.nuspec").Open()))
        {
            writer.Write(Specification);
        }

        using var library = archive.CreateEntry("lib/net10.0/Tiny.dll").Open();
        EmitAssembly(library);
    }

    private static void EmitAssembly(Stream target)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Tiny") { Version = new Version(1, 0) }, typeof(object).Assembly);
        assembly.DefineDynamicModule("Tiny").DefineType("Tiny.Thing", TypeAttributes.Public | TypeAttributes.Class).CreateType();
        using var image = new MemoryStream();
        assembly.Save(image);
        image.WriteTo(target);
    }
}
