using System.Reflection;
using ClientLb.IntegrationTests.Health;
using Xunit.Sdk;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A case of a theory that runs against a server on this library. Without the library the case is skipped, except in CI, where it must run and so fails.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnLibraryAttribute : DataAttribute
{
    private readonly object[] _values;

    public OnLibraryAttribute(Library library, params object[] more)
    {
        _values = [library, .. more];
        Skip = library switch
        {
            Library.Python when !GrpcPrograms.IsPythonExpected => GrpcPrograms.PythonMissing,
            Library.Node when !GrpcPrograms.IsNodeExpected => GrpcPrograms.NodeMissing,
            _ => null,
        };
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_values];
}
